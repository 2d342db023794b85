/**
 * Where values over a plane are zero: lines found on the edges of a mesh, whose triangles take them for linear, and
 * brought closer by the values themselves.
 */

/** @typedef {import("../types").Range} Range */

/**
 * Edges of the mesh that lines cross: `from` and `to` are points of the mesh, `column` whose value it is; it is zero at
 * `share` of the way, somewhere between the shares `low` and `high`, where it has the values `before` and `after`.
 *
 * @typedef {{ column: number, from: number, to: number, share: number, low: number, high: number, before: number,
 *   after: number }} Crossing
 */

const REFINEMENTS = 2;

/**
 * The segments (4n,) along which each column of `values` is zero.
 *
 * @param {[Range, Range]} limits of the plane
 * @param {number} size points a side
 * @param {Float32Array} values (size · size, columns), rows from the bottom up
 * @param {(points: Float32Array) => Float32Array} valuesAt those at any points (2n,) of the plane: (n, columns)
 * @returns {Float64Array[]}
 */
export function contours(limits, size, values, valuesAt) {
  const width = values.length / (size * size);
  /** @type {Crossing[]} */
  const crossings = [];
  const segments = Array.from({ length: width }, (_, column) =>
    segmentsOf(values, size, column, width, crossings),
  );
  const place = placer(limits, size);
  for (let round = 0; round < REFINEMENTS && crossings.length; round++) {
    refine(crossings, valuesAt(Float32Array.from(crossings.flatMap(place))), width);
  }
  return segments.map((ends) => Float64Array.from(ends.flatMap((end) => place(crossings[end]))));
}

/**
 * The segments of one column by their ends, two after two: places in `crossings`, which it adds to.
 *
 * @param {Float32Array} values @param {number} size @param {number} column @param {number} width
 * @param {Crossing[]} crossings
 */
function segmentsOf(values, size, column, width, crossings) {
  const above = Uint8Array.from({ length: size * size }, (_, at) => Number(values[at * width + column] >= 0));
  const known = new Int32Array(3 * size * size).fill(-1);
  /** @param {number} from @param {number} to @param {number} side @returns {number[]} */
  const crossed = (from, to, side) => {
    if (above[from] === above[to]) return [];
    const key = 3 * from + side;
    if (known[key] < 0) {
      const [before, after] = [values[from * width + column], values[to * width + column]];
      known[key] = crossings.length;
      crossings.push({ column, from, to, share: before / (before - after), low: 0, high: 1, before, after });
    }
    return [known[key]];
  };
  /** @type {number[]} */
  const ends = [];
  for (let row = 0; row + 1 < size; row++) {
    for (let at = row * size; at + 1 < (row + 1) * size; at++) {
      const [right, up, across] = [at + 1, at + size, at + size + 1];
      const sum = above[at] + above[right] + above[up] + above[across];
      if (sum === 0 || sum === 4) continue;
      const diagonal = crossed(at, across, 2);
      ends.push(...crossed(at, right, 0), ...crossed(right, across, 1), ...diagonal);
      ends.push(...crossed(at, up, 1), ...crossed(up, across, 0), ...diagonal);
    }
  }
  return ends;
}

/**
 * One step of the Illinois method (Dowell and Jarratt 1971) along each edge.
 *
 * @param {Crossing[]} crossings
 * @param {Float32Array} values where they are now
 * @param {number} width
 */
function refine(crossings, values, width) {
  crossings.forEach((one, i) => {
    const now = values[i * width + one.column];
    if (now >= 0 === one.before >= 0)
      Object.assign(one, { low: one.share, before: now, after: one.after / 2 });
    else Object.assign(one, { high: one.share, after: now, before: one.before / 2 });
    if (one.before !== one.after)
      one.share = one.low + (one.high - one.low) * (one.before / (one.before - one.after));
  });
}

/** From a crossing to the plane's coordinates. @param {[Range, Range]} limits @param {number} size */
function placer([[left, right], [bottom, top]], size) {
  const [x, y] = [(right - left) / (size - 1), (top - bottom) / (size - 1)];
  return (/** @type {Crossing} */ { from, to, share }) => {
    const [column, row] = [from % size, Math.floor(from / size)];
    return [
      left + x * (column + share * ((to % size) - column)),
      bottom + y * (row + share * (Math.floor(to / size) - row)),
    ];
  };
}
