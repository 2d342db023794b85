/** Regions that travel as arrays, between two snapshots. */

import { activate } from "./activations.js";
import { codes, slice } from "./arrays.js";
import { mesh } from "./grid.js";
import { limitsAt } from "./planes.js";
import { boundaryLines, divide } from "./regions.js";

/** @typedef {import("../types").RegionArrays} RegionArrays */
/** @typedef {import("../model").Regions} Regions */

const SIZE = 64; // points a side of a mesh of linear scores
const LEAST_LEAD = 1e-3; // of the likeliest class: where classes tie, regions still end somewhere

/**
 * The regions of a moment.
 *
 * Of each point the likeliest class is known, and its lead. The other classes are taken to be as far behind,
 * which is so for the second, the one that it ties with on a boundary. These leads move from snapshot to
 * snapshot, and the class that leads has the region.
 *
 * @param {ArrayBuffer} buffer
 * @param {RegionArrays} arrays
 * @param {import("./moments.js").Moment} moment
 * @param {number} nClasses
 * @returns {Regions}
 */
export function blendedRegions(buffer, arrays, moment, nClasses) {
  const { before, after, share } = moment;
  const [first, second] = [before, after].map((snapshot) => ({
    likeliest: codes(buffer, arrays.likeliest, snapshot),
    highest: slice(buffer, arrays.highest, snapshot),
    lead: slice(buffer, arrays.lead, snapshot),
  }));
  const n = first.highest.length;
  const leads = new Float32Array(n * nClasses);
  const likeliest = new Uint16Array(n);
  const highest = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    for (let label = 0; label < nClasses; label++) {
      const lead = blend(leadOf(first, i, label), leadOf(second, i, label), share);
      leads[i * nClasses + label] = lead;
      likeliest[i] = lead > leads[i * nClasses + likeliest[i]] ? label : likeliest[i];
    }
    const [p, q] = [first, second].map((snapshot) => probabilityOf(snapshot, i, likeliest[i], nClasses));
    highest[i] = blend(p, q, share);
  }
  const size = arrays.highest.shape[1];
  const limits = limitsAt(buffer, arrays.limits, moment);
  return {
    limits,
    size,
    likeliest,
    highest,
    nClasses,
    boundary: boundaryLines(limits, size, leads, nClasses),
  };
}

/**
 * The regions of logits that are linear in the plane: exact.
 *
 * @param {Float32Array} maps (n_classes, 3): a·x + b·y + c
 * @param {Regions["limits"]} limits
 * @param {number} nClasses
 * @returns {Regions}
 */
export function linearRegions(maps, limits, nClasses) {
  const points = mesh(limits, SIZE);
  const scores = new Float32Array(SIZE * SIZE * nClasses);
  for (let i = 0; i < SIZE * SIZE; i++) {
    for (let label = 0; label < nClasses; label++) {
      const [a, b, c] = [maps[3 * label], maps[3 * label + 1], maps[3 * label + 2]];
      scores[i * nClasses + label] = a * points[2 * i] + b * points[2 * i + 1] + c;
    }
  }
  const logits = { data: scores, shape: [SIZE * SIZE, nClasses] };
  const probabilities = activate("softmax", {}, logits, (size) => new Float32Array(size)).data;
  return divide(limits, SIZE, probabilities, nClasses, scores);
}

/** @type {(a: number, b: number, share: number) => number} */
const blend = (a, b, share) => (1 - share) * a + share * b;

/** @typedef {{ likeliest: ArrayLike<number>, highest: Float32Array, lead: Float32Array }} Snapshot */

/** @type {(snapshot: Snapshot, i: number, label: number) => number} */
function leadOf({ likeliest, lead }, i, label) {
  const ahead = Math.max(lead[i], LEAST_LEAD); // NaN stays NaN
  return likeliest[i] === label ? ahead : -ahead;
}

// Of another class than the likeliest, an even share of the rest.
/** @type {(snapshot: Snapshot, i: number, label: number, nClasses: number) => number} */
function probabilityOf({ likeliest, highest }, i, label, nClasses) {
  return likeliest[i] === label ? highest[i] : (1 - highest[i]) / Math.max(1, nClasses - 1);
}
