/**
 * Convex cells of a plane that share their corners, cut exactly along lines where something is zero, as
 * `replay/views/shared/cells.py` does it.
 */

/** @typedef {import("../types").Range} Range */

/**
 * @typedef {object} Cells
 * @property {number[]} points corners: x and y in turn
 * @property {number[][]} rings the corners of each cell by their numbers, counterclockwise
 */

/**
 * @typedef {object} Cut
 * @property {Cells} cells
 * @property {number[][]} carried what came along, with the values at new corners
 * @property {number[]} signs of each corner: −1, 0 or 1
 */

const TINY = 1e-9; // as a share of the largest value: rounding; what is smaller counts as zero

/** One cell: the whole rectangle. @param {[Range, Range]} limits @returns {Cells} */
export function within([[left, right], [bottom, top]]) {
  return { points: [left, bottom, right, bottom, right, top, left, top], rings: [[0, 1, 2, 3]] };
}

/**
 * Cut cells along the lines where `values` are zero. Within each cell they must be linear, and so must be what is
 * `carried` along: a list of numbers for each quantity, one for each corner.
 *
 * @param {Cells} cells
 * @param {number[]} values
 * @param {number[][]} carried
 * @returns {Cut}
 */
export function cut({ points, rings }, values, carried) {
  const signs = signsOf(values);
  const corners = new Corners(values, signs);
  /** @type {number[][]} */
  const found = [];
  for (const ring of rings) {
    if (isMixed(ring, signs)) found.push(...divided(ring, signs, corners));
    else found.push(ring);
  }
  if (!corners.made.length && found.length === rings.length)
    return { cells: { points, rings }, carried, signs };
  return {
    cells: { points: corners.added(points, 2), rings: found },
    carried: carried.map((column) => corners.added(column, 1)),
    signs,
  };
}

/**
 * The edges along which it is zero, each once, by the numbers of their ends: two after two. Those in the midst of an
 * area of zeros are left out.
 *
 * @param {Cut} found
 * @returns {number[]}
 */
export function zeroEdges({ cells: { rings }, signs }) {
  const known = new Set();
  /** @type {number[]} */
  const edges = [];
  for (const ring of rings) {
    if (ring.every((corner) => signs[corner] === 0)) continue;
    for (let i = 0, before = ring.length - 1; i < ring.length; before = i++) {
      const [a, b] = [ring[before], ring[i]];
      if (signs[a] !== 0 || signs[b] !== 0) continue;
      const key = keyOf(a, b, signs.length);
      if (known.has(key)) continue;
      known.add(key);
      edges.push(Math.min(a, b), Math.max(a, b));
    }
  }
  return edges;
}

/** The coordinates of corners: (2n,). @param {Cells} cells @param {number[]} corners */
export function placesOf({ points }, corners) {
  return Float64Array.from({ length: 2 * corners.length }, (_, i) => points[2 * corners[i >> 1] + (i & 1)]);
}

/**
 * The gradient within a cell of what is linear there. By the divergence theorem it is the integral of the value along
 * the edges, times their normals, divided by the area.
 *
 * @param {Cells} cells
 * @param {number[]} ring
 * @param {number[]} values one for each corner
 * @returns {[number, number]}
 */
export function slope({ points }, ring, values) {
  let [across, up, area] = [0, 0, 0];
  for (let i = 0, before = ring.length - 1; i < ring.length; before = i++) {
    const [a, b] = [ring[before], ring[i]];
    const [x, y] = [points[2 * b] - points[2 * a], points[2 * b + 1] - points[2 * a + 1]];
    const middle = (values[a] + values[b]) / 2;
    across += y * middle;
    up -= x * middle;
    area += (points[2 * a] * points[2 * b + 1] - points[2 * b] * points[2 * a + 1]) / 2;
  }
  return [across / area, up / area];
}

/** Corners that are made where edges are crossed, the same ones for both cells beside an edge. */
class Corners {
  /** @param {number[]} values @param {number[]} signs is added to */
  constructor(values, signs) {
    this.values = values;
    this.signs = signs;
    this.n = values.length;
    /** @type {Map<number, number>} */
    this.known = new Map();
    /** @type {{ from: number, to: number, share: number }[]} */
    this.made = [];
  }

  /** The corner between two others, whose values have different signs. @param {number} a @param {number} b */
  between(a, b) {
    const key = keyOf(a, b, this.n);
    let corner = this.known.get(key);
    if (corner === undefined) {
      const [from, to] = a < b ? [a, b] : [b, a];
      const share = this.values[from] / (this.values[from] - this.values[to]);
      corner = this.n + this.made.length;
      this.made.push({ from, to, share });
      this.known.set(key, corner);
      this.signs.push(0);
    }
    return corner;
  }

  /** What is known of the corners, `width` numbers for each, with those of the new ones. @param {number[]} old @param {number} width */
  added(old, width) {
    const all = old.slice();
    for (const { from, to, share } of this.made) {
      for (let i = 0; i < width; i++) {
        const start = old[from * width + i];
        all.push(start + share * (old[to * width + i] - start));
      }
    }
    return all;
  }
}

/** @param {number} a @param {number} b @param {number} n */
const keyOf = (a, b, n) => (a < b ? a * n + b : b * n + a);

/** @param {number[]} values */
function signsOf(values) {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  const least = TINY * largest;
  return values.map((value) => Number(value > least) - Number(value < -least));
}

/** Whether a line of zeros goes through a cell. @param {number[]} ring @param {number[]} signs */
function isMixed(ring, signs) {
  let [above, below] = [false, false];
  for (const corner of ring) {
    above ||= signs[corner] > 0;
    below ||= signs[corner] < 0;
  }
  return above && below;
}

/**
 * The two parts of a cell, above and below. It is convex: either keeps the order of its corners, and those on the line
 * belong to both.
 *
 * @param {number[]} ring @param {number[]} signs @param {Corners} corners
 */
function divided(ring, signs, corners) {
  /** @type {number[]} */
  const above = [];
  /** @type {number[]} */
  const below = [];
  for (let i = 0, before = ring.length - 1; i < ring.length; before = i++) {
    const [a, b] = [ring[before], ring[i]];
    if (signs[a] * signs[b] < 0) {
      const corner = corners.between(a, b);
      above.push(corner);
      below.push(corner);
    }
    if (signs[b] >= 0) above.push(b);
    if (signs[b] <= 0) below.push(b);
  }
  return [above, below];
}
