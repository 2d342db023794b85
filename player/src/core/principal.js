/** The principal plane of activations, and how planes are turned within themselves. */

/** @typedef {Pick<import("../types").LinearPlane, "centre" | "axes">} Axes */

const ROUNDS = 100; // of the power iteration, which a picture needs no more of

/**
 * The plane of the two directions in which activations (m × n) differ most, by power iteration (Golub and Van Loan,
 * Matrix Computations, 8.2).
 *
 * @param {Float32Array} values @param {number} n
 * @returns {Axes}
 */
export function principalPlane(values, n) {
  const rows = rowsOf(values, n);
  const centre = Array.from({ length: n }, (_, unit) => mean(rows.map((row) => row[unit])));
  const centred = rows.map((row) => row.map((value, unit) => value - centre[unit]));
  /** @type {number[][]} */
  const axes = [];
  for (let axis = 0; axis < 2; axis++) axes.push(strongest(centred, n, axes));
  return { centre, axes: [axes[0], axes[1]] };
}

/** The direction of length 1 in which these differ most, across those that are known. @param {number[][]} rows @param {number} n @param {number[][]} known */
function strongest(rows, n, known) {
  const variances = Array.from({ length: n }, (_, unit) => {
    const along = known.reduce((sum, axis) => sum + axis[unit] ** 2, 0);
    return rows.reduce((sum, row) => sum + row[unit] ** 2, 1e-12) * (1 - along);
  });
  const largest = variances.indexOf(Math.max(...variances));
  let axis = across(
    variances.map((_, unit) => Number(unit === largest)),
    known,
  );
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Array(n).fill(0);
    for (const row of rows) {
      const share = dot(row, axis);
      for (let unit = 0; unit < n; unit++) next[unit] += share * row[unit];
    }
    const found = across(next, known);
    if (!found.some(Boolean)) break; // nothing differs any more
    axis = found;
  }
  return axis;
}

/** What is left of a direction across others, of length 1; 0 where nothing is. @param {number[]} axis @param {number[][]} others */
function across(axis, others) {
  const left = others.reduce((rest, other) => {
    const share = dot(rest, other);
    return rest.map((value, unit) => value - share * other[unit]);
  }, axis);
  const length = Math.hypot(...left);
  return left.map((value) => (length > 1e-20 ? value / length : 0));
}

/**
 * The same plane, turned or mirrored within itself so that points of it come next to those `before`. Schönemann, A
 * generalized solution of the orthogonal Procrustes problem (1966); of two dimensions in closed form.
 *
 * @param {Axes} plane @param {Float32Array} here (2m,) @param {Float32Array} before (2m,)
 * @returns {Axes}
 */
export function turnedTowards(plane, here, before) {
  const pairs = rowsOf(Float32Array.from({ length: 2 * here.length }, pairOf(here, before)), 4);
  const middle = [0, 1, 2, 3].map((side) => mean(pairs.map((pair) => pair[side])));
  const sum = (/** @type {number} */ i, /** @type {number} */ j) =>
    pairs.reduce((all, pair) => all + (pair[i] - middle[i]) * (pair[2 + j] - middle[2 + j]), 0);
  const [a, b, c, d] = [sum(0, 0), sum(0, 1), sum(1, 0), sum(1, 1)];
  const [turn, mirror] = [Math.hypot(a + d, b - c), Math.hypot(a - d, b + c)];
  if (!(Math.max(turn, mirror) > 0)) return plane;
  const [cos, sin] = turn >= mirror ? [(a + d) / turn, (b - c) / turn] : [(a - d) / mirror, (b + c) / mirror];
  const [first, second] = plane.axes;
  const side = turn >= mirror ? 1 : -1;
  return {
    centre: plane.centre,
    axes: [
      first.map((value, unit) => cos * value - side * sin * second[unit]),
      first.map((value, unit) => sin * value + side * cos * second[unit]),
    ],
  };
}

/** @param {Float32Array} here @param {Float32Array} before */
function pairOf(here, before) {
  return (/** @type {unknown} */ _, /** @type {number} */ i) => {
    const at = 2 * (i >> 2) + (i % 2);
    return i % 4 < 2 ? here[at] : before[at];
  };
}

/** The rows of n that are finite. @param {Float32Array} values @param {number} n */
function rowsOf(values, n) {
  const rows = Array.from({ length: values.length / n }, (_, row) =>
    Array.from(values.subarray(row * n, (row + 1) * n)),
  );
  return rows.filter((row) => row.every(Number.isFinite));
}

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
