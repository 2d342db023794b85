/** A loss surface over a plane of the weights, and the path of a run over it, as `replay/views/trajectory.py` has them. */

import { array, decoded, floats } from "./arrays.js";
import { contours } from "./contours.js";
import { stepAt } from "./diagram.js";
import { momentAt } from "./moments.js";
import { FAR, TIMES } from "./step.js";

/** @import { PathData, Range, SurfaceData } from "../types" */

/**
 * Where a run is at a moment: its way up to now (2m,), the last step from one snapshot to the next, the loss and, where
 * they matter, the distance from the plane and the loss there; and whether the path has ended.
 *
 * @typedef {{ way: Float32Array, now: [number, number], step: [number, number], loss: number, off: number,
 *   onPlane: number, ended: boolean }} PathMoment
 */

const SHORTER = [0.001, 0.01, 0.05, 0.1, 0.2, 0.5];

/** The surfaces of a page, each made once. @type {WeakMap<SurfaceData, LossSurface>} */
const made = new WeakMap();

/** @param {SurfaceData} data @param {ArrayBuffer} buffer */
export function surfaceOf(data, buffer) {
  const known = made.get(data) ?? new LossSurface(data, buffer);
  made.set(data, known);
  return known;
}

export class LossSurface {
  /** @param {SurfaceData} data @param {ArrayBuffer} buffer */
  constructor(data, buffer) {
    this.data = data;
    this.size = data.heights.shape[0];
    /** (size, size) from the bottom up; what is not finite is NaN. */
    this.heights = heightsOf(data, buffer);
    this.logarithmic = Boolean(data.heights.quantised?.log);
    /** The segments (4n,) along which the loss has each level. */
    this.lines = data.levels.map((level) => this.lineOf(level));
  }

  /** @param {number} level */
  lineOf(level) {
    const above = this.heights.map((height) =>
      Number.isNaN(height) ? 1e30 : this.scaled(height) - this.scaled(level),
    );
    return contours(this.data.limits, this.size, above, null)[0];
  }

  /** The loss at a point, from those around it: NaN where it is not finite or beyond the surface. @param {number} x @param {number} y */
  at(x, y) {
    const [across, up] = this.data.limits.map(
      ([low, high], axis) => (((axis ? y : x) - low) / (high - low)) * (this.size - 1),
    );
    if (!(across >= 0 && up >= 0 && across <= this.size - 1 && up <= this.size - 1)) return NaN;
    const [column, row] = [across, up].map((place) => Math.min(this.size - 2, Math.floor(place)));
    const height = (/** @type {number} */ i, /** @type {number} */ j) =>
      this.scaled(this.heights[(row + i) * this.size + column + j]);
    const mixed = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ share) =>
      a + (b - a) * share;
    const [below, above] = [0, 1].map((i) => mixed(height(i, 0), height(i, 1), across - column));
    const found = mixed(below, above, up - row);
    return this.logarithmic ? Math.exp(found) : found;
  }

  /** How heights are told apart. @param {number} height */
  scaled(height) {
    return this.logarithmic ? Math.log(height) : height;
  }

  /** A height as a share of the way from the lowest to the highest. @param {number} height */
  shareOf(height) {
    const { low, high } = /** @type {{ low: number, high: number }} */ (this.data.heights.quantised);
    return high > low ? Math.max(0, Math.min(1, (this.scaled(height) - low) / (high - low))) : 0;
  }
}

/** The path of a run. */
export class Path {
  /** @param {PathData} data @param {LossSurface} surface @param {ArrayBuffer} buffer */
  constructor(data, surface, buffer) {
    this.data = data;
    this.surface = surface;
    const [x, y] = data.points.map((ref) => floats(buffer, ref));
    /** (2m,): x and y in turn. */
    this.points = Float32Array.from({ length: 2 * x.length }, (_, i) => (i % 2 ? y : x)[i >> 1]);
    this.losses = floats(buffer, data.losses);
    const none = new Float32Array(x.length).fill(NaN);
    this.off = data.off ? floats(buffer, data.off) : none;
    this.onPlane = data.on_plane ? floats(buffer, data.on_plane) : none;
  }

  /** @param {number} place @returns {[number, number]} */
  point(place) {
    return [this.points[2 * place], this.points[2 * place + 1]];
  }

  /** Numbers are those of the snapshot at or before a moment; only the point moves between two. @param {number} epoch @returns {PathMoment} */
  at(epoch) {
    const { epochs, diverges } = this.data;
    const { before, after, share, epoch: within } = momentAt(epochs, epoch);
    const [from, to] = [this.point(before), this.point(after)];
    const now = /** @type {[number, number]} */ (
      from.map((value, axis) => value + (to[axis] - value) * share)
    );
    const [first, second] = stepAt(epochs, within).map((place) => this.point(place));
    const starts = within <= epochs[0];
    return {
      way: Float32Array.from([...this.points.subarray(0, 2 * (share ? before + 1 : before)), ...now]),
      now,
      step: starts ? [0, 0] : [second[0] - first[0], second[1] - first[1]],
      loss: this.losses[before],
      off: this.off[before],
      onPlane: this.onPlane[before],
      ended: diverges && epoch > epochs[epochs.length - 1],
    };
  }
}

/**
 * How many times as long a step is to be seen: the most with which it goes no farther than a share of the plane's
 * diagonal; 1 if it does not move.
 *
 * @param {[number, number]} step @param {[Range, Range]} limits
 */
export function timesOf(step, limits) {
  const far = Math.hypot(...step);
  if (!(far > 0 && far < Infinity)) return 1;
  const reach = FAR * Math.hypot(...limits.map(([low, high]) => high - low));
  return Math.max(SHORTER[0], ...[...SHORTER, ...TIMES].filter((times) => far * times <= reach));
}

/** The heights, whose codes are packed as second differences, modulo 2¹⁶. @param {SurfaceData} data @param {ArrayBuffer} buffer */
function heightsOf({ heights }, buffer) {
  const [rows, columns] = heights.shape;
  const codes = Uint16Array.from(array(buffer, heights).data);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = i * columns + j;
      const [left, below] = [j ? codes[at - 1] : 0, i ? codes[at - columns] : 0];
      codes[at] += left + below - (i && j ? codes[at - columns - 1] : 0); // which wraps around
    }
  }
  return decoded(codes, heights);
}
