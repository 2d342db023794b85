/** Where an epoch lies among the snapshots of a run, and what lies between two of them. */

import { slice } from "./arrays.js";

/**
 * @typedef {object} Moment
 * @property {number} epoch within the run's
 * @property {number} before the snapshot at or before it
 * @property {number} after the same where the epoch is that of a snapshot, else the next
 * @property {number} share how far it has come from the one to the other, below 1
 */

/**
 * The moment of an epoch, clamped to the run's `epochs`, which increase.
 *
 * @param {readonly number[]} epochs
 * @param {number} epoch
 * @returns {Moment}
 */
export function momentAt(epochs, epoch) {
  const last = epochs.length - 1;
  const within = Math.min(Math.max(epoch, epochs[0]), epochs[last]);
  let before = 0;
  for (let beyond = last + 1; beyond - before > 1;) {
    const middle = (before + beyond) >> 1;
    if (epochs[middle] <= within) {
      before = middle;
    } else {
      beyond = middle;
    }
  }
  const start = epochs[before];
  const share = start === within ? 0 : (within - start) / (epochs[before + 1] - start);
  return { epoch: within, before, after: share ? before + 1 : before, share };
}

/**
 * The epoch whose answers are shown at an epoch: of a network that diverged, the last finite one.
 *
 * @param {import("../types").RunData} run
 * @param {number} epoch
 */
export function answeredAt(run, epoch) {
  return Math.min(epoch, run.last_finite ?? Infinity);
}

/**
 * The snapshot nearest to a moment.
 *
 * @param {Moment} moment
 */
export function nearest(moment) {
  return moment.share < 0.5 ? moment.before : moment.after;
}

/**
 * An array (s, …) at a moment.
 *
 * @param {ArrayBuffer} buffer
 * @param {import("../types").ArrayRef} ref
 * @param {Moment} moment
 */
export function sliceAt(buffer, ref, { before, after, share }) {
  return between(slice(buffer, ref, before), slice(buffer, ref, after), share);
}

/**
 * What lies so far between two arrays, in float32 as `Recording.weights_at` computes it.
 *
 * @param {Float32Array} before
 * @param {Float32Array} after
 * @param {number} share
 * @returns {Float32Array}
 */
export function between(before, after, share) {
  if (!share) {
    return before;
  }
  const { fround } = Math;
  const part = fround(share);
  const values = new Float32Array(before.length);
  for (let i = 0; i < values.length; i++) {
    values[i] = before[i] + fround(fround(after[i] - before[i]) * part);
  }
  return values;
}
