/** Where the numbers of contour lines stand: on their lines, apart from one another and from what is drawn. */

/** @typedef {(value: number) => number} Scale */

const TRIED = 60; // places along a line
const [ABOVE, BELOW] = [28, 12]; // pixels above a number, for the name of the axis, and below it

/**
 * The point in pixels of each line (segments, 4n) that has the best place; null where none has room. Lines in the
 * middle come first.
 *
 * @param {Float64Array[]} lines @param {[Scale, Scale]} scales @param {{ width: number, height: number }} inner
 * @param {{ apart: number, beside?: number, others?: ArrayLike<number>[], fromOthers?: number,
 *   value: (at: [number, number], free: number) => number }} how pixels between numbers, beside each, and between it
 *   and points (2m,) that are in the way; and how good a place is, by how far it is from all of these
 * @returns {([number, number] | null)[]}
 */
export function numberPlaces(lines, [x, y], { width, height }, how) {
  const { apart, beside = 22, others = [], fromOthers = 0, value } = how;
  const drawn = others.flatMap((points) => pixels(points, x, y));
  /** @type {[number, number][]} */
  const taken = [];
  /** @type {([number, number] | null)[]} */
  const found = lines.map(() => null);
  const middle = lines.length >> 1;
  const order = [...lines.keys()].sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
  for (const line of order) {
    let best = -Infinity;
    for (const at of some(pixels(lines[line], x, y))) {
      if (at[0] < beside || at[0] > width - beside || at[1] < ABOVE || at[1] > height - BELOW) continue;
      const away = [nearest(taken, at), nearest(drawn, at)];
      if (away[0] < apart || away[1] < fromOthers) continue;
      const good = value(at, Math.min(...away, width + height));
      if (good > best) [best, found[line]] = [good, at];
    }
    const place = found[line];
    if (place) taken.push(place);
  }
  return found;
}

/** @param {ArrayLike<number>} points @param {Scale} x @param {Scale} y @returns {[number, number][]} */
function pixels(points, x, y) {
  return Array.from({ length: points.length / 2 }, (_, i) => [x(points[2 * i]), y(points[2 * i + 1])]);
}

/** @param {[number, number][]} points */
function some(points) {
  const stride = Math.max(1, Math.floor(points.length / TRIED));
  return points.filter((_, i) => i % stride === 0);
}

/** @param {[number, number][]} points @param {[number, number]} at */
function nearest(points, [x, y]) {
  return points.reduce((least, [a, b]) => Math.min(least, Math.hypot(a - x, b - y)), Infinity);
}
