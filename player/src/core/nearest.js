/** Which of many points a pointer is at, or a rectangle that is dragged holds, in pixels. */

/** @typedef {(value: number) => number} Scale */

/**
 * The place among points (2n,) of the one nearest to `at`, and its distance, which is below `reach`; null where none
 * is. Points beyond the picture are at its edge.
 *
 * @param {ArrayLike<number>} points @param {[Scale, Scale]} scales to pixels @param {[number, number]} at
 * @param {{ width: number, height: number }} inner of the picture @param {number} reach
 * @returns {{ place: number, distance: number } | null}
 */
export function nearestPoint(points, [x, y], at, { width, height }, reach) {
  let nearest = -1;
  let least = reach * reach;
  for (let place = 0; 2 * place < points.length; place++) {
    const across = Math.min(width, Math.max(0, x(points[2 * place]))) - at[0];
    const up = Math.min(height, Math.max(0, y(points[2 * place + 1]))) - at[1];
    const distance = across * across + up * up;
    if (distance < least) [least, nearest] = [distance, place];
  }
  return nearest < 0 ? null : { place: nearest, distance: Math.sqrt(least) };
}

/**
 * The same of several sets of points: which set, and which of its points.
 *
 * @param {ArrayLike<number>[]} sets @param {[Scale, Scale]} scales @param {[number, number]} at
 * @param {{ width: number, height: number }} inner @param {number} reach
 * @returns {{ set: number, place: number } | null}
 */
export function nearestOfSets(sets, scales, at, inner, reach) {
  /** @type {{ set: number, place: number } | null} */
  let nearest = null;
  let least = reach;
  sets.forEach((points, set) => {
    const found = nearestPoint(points, scales, at, inner, least);
    if (found) [least, nearest] = [found.distance, { set, place: found.place }];
  });
  return nearest;
}

/**
 * Which of points (2n,) lie in the rectangle between two corners: (n,), 1 where they do.
 *
 * @param {ArrayLike<number>} points @param {[Scale, Scale]} scales @param {[number, number]} from @param {[number, number]} to
 */
export function pointsWithin(points, [x, y], from, to) {
  const [across, up] = [0, 1].map((axis) => [from[axis], to[axis]].sort((a, b) => a - b));
  return Uint8Array.from({ length: points.length / 2 }, (_, place) => {
    const [left, top] = [x(points[2 * place]), y(points[2 * place + 1])];
    return Number(left >= across[0] && left <= across[1] && top >= up[0] && top <= up[1]);
  });
}
