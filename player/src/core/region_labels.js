/** Where a class's label stands: in the middle of the largest region in which the network answers it. */

/** @import { Regions } from "../model" */

/**
 * A label at a point of the mesh, in the plane's coordinates, and how far the region's border is from it, in cells.
 *
 * @typedef {{ label: number, x: number, y: number, reach: number }} RegionLabel
 */

const OUTSIDE = 65535; // of what is shown

/** @type {WeakMap<Regions, { shown: string, labels: RegionLabel[] }>} */
const known = new WeakMap();

/**
 * A label for each class that is answered somewhere, at the point of its largest region that is farthest from the
 * region's border and from the edges of the plane.
 *
 * @param {Regions} regions
 * @param {Regions["limits"]} [shown] the part of them that the plane shows
 */
export function regionLabels(regions, shown = regions.limits) {
  const before = known.get(regions);
  if (before && before.shown === String(shown)) return before.labels;
  const labels = labelled(regions, shown);
  known.set(regions, { shown: String(shown), labels });
  return labels;
}

/** @param {Regions} regions @param {Regions["limits"]} shown @returns {RegionLabel[]} */
function labelled({ limits, size, likeliest: classes, highest, nClasses }, shown) {
  const inside = limits.map(([low, high], axis) =>
    Array.from({ length: size }, (_, step) => {
      const at = low + (step / (size - 1)) * (high - low);
      return at >= shown[axis][0] && at <= shown[axis][1];
    }),
  );
  const likeliest = classes.map((label, at) =>
    inside[0][at % size] && inside[1][Math.floor(at / size)] ? label : OUTSIDE,
  );
  const reach = reaches(likeliest, size);
  const largest = new Int32Array(nClasses);
  /** @type {(RegionLabel | null)[]} */
  const found = Array(nClasses).fill(null);
  const seen = new Uint8Array(size * size);
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] || likeliest[start] === OUTSIDE || !Number.isFinite(highest[start])) continue;
    const members = regionOf(start, likeliest, size, seen);
    const label = likeliest[start];
    if (members.length <= largest[label]) continue;
    largest[label] = members.length;
    const best = members.reduce((one, other) => (reach[other] > reach[one] ? other : one));
    const [x, y] = [best % size, Math.floor(best / size)].map(
      (step, axis) => limits[axis][0] + (step / (size - 1)) * (limits[axis][1] - limits[axis][0]),
    );
    found[label] = { label, x, y, reach: reach[best] };
  }
  return found.filter((each) => each !== null);
}

/**
 * The points of a region, from one of them.
 *
 * @param {number} start @param {Uint16Array} likeliest @param {number} size
 * @param {Uint8Array} seen is marked
 */
function regionOf(start, likeliest, size, seen) {
  const members = [start];
  seen[start] = 1;
  for (let next = 0; next < members.length; next++) {
    const at = members[next];
    const column = at % size;
    for (const other of [
      column > 0 ? at - 1 : -1,
      column < size - 1 ? at + 1 : -1,
      at - size,
      at + size < likeliest.length ? at + size : -1,
    ]) {
      if (other < 0 || seen[other] || likeliest[other] !== likeliest[start]) continue;
      seen[other] = 1;
      members.push(other);
    }
  }
  return members;
}

/**
 * How many steps, straight or diagonal, each point is from the nearest one of another class or outside: a distance
 * transform in two passes (Rosenfeld and Pfaltz 1966, "Sequential Operations in Digital Picture Processing").
 *
 * @param {Uint16Array} likeliest
 * @param {number} size
 */
function reaches(likeliest, size) {
  const reach = new Uint16Array(size * size);
  const pass = (/** @type {number} */ at, /** @type {1 | -1} */ back, /** @type {number} */ most) => {
    let least = most;
    const [column, row] = [at % size, Math.floor(at / size)];
    for (const [right, up] of [
      [-1, 0],
      [-1, -1],
      [0, -1],
      [1, -1],
    ]) {
      const [c, r] = [column + right * back, row + up * back];
      const other = r * size + c;
      const same = c >= 0 && r >= 0 && c < size && r < size && likeliest[other] === likeliest[at];
      least = Math.min(least, same ? reach[other] + 1 : 1);
    }
    reach[at] = least;
  };
  for (let at = 0; at < reach.length; at++) pass(at, 1, size);
  for (let at = reach.length - 1; at >= 0; at--) pass(at, -1, reach[at]);
  return reach;
}
