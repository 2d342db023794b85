/** A loss surface over a plane of the weights, and the path of a run over it, as `replay/views/trajectory.py` has them. */

import { array, decoded, floats } from "./arrays.js";
import { contours } from "./contours.js";
import { stepAt } from "./diagram.js";
import { mesh } from "./grid.js";
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

const BEYOND = 1e30; // above each level
const FINER = 2; // meshes of contours
/** The weights of four values in a row, by how far a place is from the second to the third. */
const CUBIC = [
  (/** @type {number} */ t) => ((2 - t) * t - 1) * t * 0.5,
  (/** @type {number} */ t) => ((3 * t - 5) * t * t + 2) * 0.5,
  (/** @type {number} */ t) => ((4 - 3 * t) * t + 1) * t * 0.5,
  (/** @type {number} */ t) => (t - 1) * t * t * 0.5,
];
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
    const above = (/** @type {ArrayLike<number>} */ points) =>
      Float32Array.from({ length: points.length / 2 }, (_, i) => {
        const height = this.at(points[2 * i], points[2 * i + 1]);
        return Number.isNaN(height) ? BEYOND : this.scaled(height) - this.scaled(level);
      });
    const size = FINER * (this.size - 1) + 1;
    return contours(this.data.limits, size, above(mesh(this.data.limits, size)), above)[0];
  }

  /**
   * The loss at a point, between those on the mesh: NaN where it is not finite or beyond the surface. By cubic
   * convolution (Keys 1981), and where not all that needs is finite, linearly.
   *
   * @param {number} x @param {number} y
   */
  at(x, y) {
    const [across, up] = this.data.limits.map(([low, high], axis) => {
      const place = (((axis ? y : x) - low) / (high - low)) * (this.size - 1);
      return Math.abs(place - Math.round(place)) < 1e-4 ? Math.round(place) : place;
    });
    if (!(across >= 0 && up >= 0 && across <= this.size - 1 && up <= this.size - 1)) return NaN;
    const [column, row] = [across, up].map((place) => Math.min(this.size - 2, Math.floor(place)));
    const [right, above] = [across - column, up - row];
    const smooth = this.mixed(
      row,
      column,
      CUBIC.map((each) => each(right)),
      CUBIC.map((each) => each(above)),
    );
    const found = Number.isFinite(smooth)
      ? smooth
      : this.mixed(row, column, [0, 1 - right, right, 0], [0, 1 - above, above, 0]);
    return this.logarithmic ? Math.exp(found) : found;
  }

  /** The weighted sum of four rows and columns around a cell; what weighs nothing does not count. @param {number} row @param {number} column @param {number[]} across @param {number[]} up */
  mixed(row, column, across, up) {
    const within = (/** @type {number} */ place) => Math.max(0, Math.min(this.size - 1, place));
    let sum = 0;
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        const weight = up[i] * across[j];
        if (weight)
          sum += weight * this.scaled(this.heights[within(row + i - 1) * this.size + within(column + j - 1)]);
      }
    }
    return sum;
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
