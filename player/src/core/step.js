/** What a step from one snapshot to the next does to samples in a plane, as `replay/views/step.py` has it. */

import { stepAt } from "./diagram.js";
import { answeredAt } from "./moments.js";

/** @import { Plane, RunModel } from "../model" */
/** @import { Range } from "../types" */

/**
 * The epochs of the two snapshots, where samples are at both, (2n,) each, and how many times as long arrows are to be
 * seen.
 *
 * @typedef {{ before: number, after: number, start: Float32Array, end: Float32Array, times: number }} Step
 */

const OF_MOST = 0.9; // quantile of how far samples move
export const FAR = 0.1; // of the plane's diagonal, how far these go at most when they are magnified
export const TIMES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const MOST = 90; // of more samples, so many have an arrow

/** The epochs of the step that a moment belongs to. @param {RunModel} run @param {number} epoch @returns {[number, number]} */
export function epochsOfStep(run, epoch) {
  const { epochs } = run.data;
  const [before, after] = stepAt(epochs, answeredAt(run.data, epoch));
  return [epochs[before], epochs[after]];
}

/** @param {RunModel} run that can be asked @param {Plane} plane @param {number} epoch @returns {Step} */
export function stepOf(run, plane, epoch) {
  const [before, after] = epochsOfStep(run, epoch);
  const inputs = /** @type {Float32Array} */ (run.inputs());
  const [start, end] = [before, after].map((at) => run.ask(at, inputs).points(plane));
  return { before, after, start, end, times: magnified(start, end, run.limits(plane)) };
}

/**
 * The most of TIMES with which most samples go no farther than FAR of the diagonal; 1 if none moves.
 *
 * @param {Float32Array} start @param {Float32Array} end @param {[Range, Range]} limits
 */
export function magnified(start, end, limits) {
  const ways = Array.from({ length: start.length / 2 }, (_, i) =>
    Math.hypot(end[2 * i] - start[2 * i], end[2 * i + 1] - start[2 * i + 1]),
  );
  const most = quantile(ways.filter(Number.isFinite), OF_MOST);
  const reach = FAR * Math.hypot(...limits.map(([low, high]) => high - low));
  return Math.max(1, ...TIMES.filter((times) => most * times > 0 && most * times <= reach));
}

/** With a value between two others in proportion, as NumPy has it; 0 of none. @param {number[]} values @param {number} share */
function quantile(values, share) {
  if (!values.length) return 0;
  const sorted = values.sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

/** The samples that have an arrow, always the same ones: of many, as many of each class. @param {Int32Array | null} labels @param {number} n */
export function withArrows(labels, n) {
  const byClass = Array.from({ length: n }, (_, i) => i);
  if (labels) byClass.sort((a, b) => labels[a] - labels[b]); // a stable sort
  const count = Math.min(n, MOST);
  return Array.from({ length: count }, (_, i) => byClass[Math.round((i * (n - 1)) / Math.max(1, count - 1))]);
}
