/** Plane geometry: meshes and grid lines over limits, in float32 as in `replay/views/shared/geometry.py`. */

/** @typedef {import("../types").Range} Range */

const MAX_RATIO = 8; // of the sides of a plane; beyond it they have no common unit, as age and income
const LINES = 15;
const POINTS = 101; // a line; where several runs share the time, FEWER
const FEWER = 45;
const MOST = 96; // points a side; where several runs stand side by side, MOST_BESIDE
const MOST_BESIDE = 64;
const FEWEST = 32;
const WORK = 2_000_000; // multiplications for a mesh, some 4 ms

/**
 * `count` numbers from `low` to `high`.
 *
 * @param {Range} range
 * @param {number} count
 * @returns {Float32Array}
 */
export function spaced([low, high], count) {
  const step = (high - low) / (count - 1);
  return Float32Array.from({ length: count }, (_, i) => (i === count - 1 ? high : low + i * step));
}

/** Whether one scale for both axes shows these limits: else one side would be a line. @param {[Range, Range]} limits */
export function haveOneScale([x, y]) {
  const [wide, high] = [x[1] - x[0], y[1] - y[0]];
  return Math.max(wide, high) <= MAX_RATIO * Math.min(wide, high);
}

/**
 * These limits for a box of this ratio of width to height: on one scale, unless the sides have no common unit.
 *
 * @param {[Range, Range]} limits
 * @param {number} aspect
 */
export function ofShape(limits, aspect) {
  return haveOneScale(limits) ? onOneScale(limits, aspect) : limits;
}

/**
 * These limits, one side widened so that a box of this ratio of width to height has one scale.
 *
 * @param {[Range, Range]} limits
 * @param {number} aspect
 * @returns {[Range, Range]}
 */
export function onOneScale([x, y], aspect) {
  return [widened(x, (y[1] - y[0]) * aspect), widened(y, (x[1] - x[0]) / aspect)];
}

/** @param {Range} range @param {number} length @returns {Range} */
function widened([low, high], length) {
  const more = Math.max(0, length - (high - low)) / 2;
  return [low - more, high + more];
}

/**
 * Points of a square mesh: (size · size, 2), row by row from the bottom.
 *
 * @param {[Range, Range]} limits
 * @param {number} size
 * @returns {Float32Array}
 */
export function mesh(limits, size) {
  const [x, y] = limits.map((range) => spaced(range, size));
  const points = new Float32Array(2 * size * size);
  for (let i = 0; i < size * size; i++) {
    points[2 * i] = x[i % size];
    points[2 * i + 1] = y[Math.floor(i / size)];
  }
  return points;
}

/**
 * The lines of a grid, those of constant x first.
 *
 * @param {[Range, Range]} limits
 * @param {number} count
 * @param {number} length points a line
 * @returns {import("../model").GridLines}
 */
export function gridLines(limits, count = LINES, length = POINTS) {
  const points = new Float32Array(2 * count * length * 2);
  const across = limits.map((range) => spaced(range, count));
  const along = limits.map((range) => spaced(range, length));
  let at = 0;
  for (const constant of [0, 1]) {
    for (let line = 0; line < count; line++) {
      for (let i = 0; i < length; i++) {
        points[at + constant] = across[constant][line];
        points[at + 1 - constant] = along[1 - constant][i];
        at += 2;
      }
    }
  }
  return { count, length, points };
}

/**
 * The lines over 2-D inputs, as fine as `runs` that share the time allow.
 *
 * @param {[Range, Range] | null} limits
 * @param {number} runs
 */
export function linesOver(limits, runs) {
  return limits && gridLines(limits, LINES, runs > 1 ? FEWER : POINTS);
}

/**
 * How many points a side a mesh may have whose every point costs so many multiplications, where `runs` share the
 * time.
 *
 * @param {number} multiplications
 * @param {number} [runs]
 */
export function meshSize(multiplications, runs = 1) {
  const affordable = Math.floor(Math.sqrt(WORK / runs / Math.max(1, multiplications)));
  return Math.min(runs > 1 ? MOST_BESIDE : MOST, Math.max(FEWEST, affordable));
}
