/**
 * What a regression has learnt, computed from its weights, as `replay/views/fit.py` has it: its curve and what units
 * add, its surface, its predictions and residuals.
 */

import { contours } from "./contours.js";
import { answeredAt } from "./moments.js";
import { copy } from "./network.js";
import { INPUT_PLANE } from "./planes.js";

/** @import { ContributionsData, FitData, Range } from "../types" */
/** @import { WeightsRun } from "./weights_run.js" */
/** @import { Tensor } from "./layers.js" */

/**
 * The curve: inputs (n,), increasing, and answers (n, columns). `hinges` are where units switch, with what the network
 * answers there.
 *
 * @typedef {{ x: Float32Array, answers: Float32Array,
 *   hinges: { unit: number, x: number, answers: Float32Array }[] }} Curve
 */

/**
 * The terms of the sum at each of some inputs (n,): of each unit that is shown, of all others, of the bias; and the
 * sum.
 *
 * @typedef {{ x: Float32Array, parts: Float64Array[], others: Float64Array, bias: number, total: Float64Array }} Terms
 */

/** What is answered over a plane: (size, size) from the bottom up, and the segments (4n,) of each level. @typedef {{ size: number, values: Float32Array, lines: Float64Array[] }} Surface */

const POINTS = 401; // of a curve
const OF_TERMS = 201;
const SAME = 1e-12; // of the largest target: a column that varies less is constant

/**
 * A run that predicts numbers, however it is carried: `targets` and `outputs` are (samples · columns).
 *
 * @typedef {{ n: number, targets: Float32Array | null, outputs(epoch: number): Float32Array }} Predicting
 */

/** What a regression predicts for its samples. */
export class Predictions {
  /** @param {Predicting} samples @param {FitData} data */
  constructor(samples, data) {
    this.samples = samples;
    this.data = data;
  }

  /** How many numbers are predicted. */
  get n() {
    return this.data.columns.length;
  }

  /** The true numbers: (samples, columns). @returns {Float32Array} */
  get targets() {
    return this.samples.targets ?? new Float32Array(this.samples.n * this.n).fill(NaN);
  }

  /** What is predicted for the samples: (samples, columns). @param {number} epoch */
  predicted(epoch) {
    return this.samples.outputs(epoch);
  }

  /** The prediction, the true number and true − predicted of a sample. @param {number} epoch @param {number} sample @param {number} column */
  ofSample(epoch, sample, column) {
    const at = sample * this.n + column;
    const [predicted, target] = [this.predicted(epoch)[at], this.targets[at]];
    return { predicted, target, residual: target - predicted };
  }

  /** R² of all columns that vary, or of one; null where these are constant. @param {number} epoch @param {number | null} [column] @returns {number | null} */
  r2(epoch, column = null) {
    const chosen = column === null ? Array.from({ length: this.n }, (_, i) => i) : [column];
    const found = chosen.map((each) => r2Of(this.targets, this.predicted(epoch), this.n, each));
    const known = found.filter((each) => each !== null);
    return known.length ? known.reduce((sum, each) => sum + each, 0) / known.length : null;
  }
}

/** What a regression has learnt, for any input. */
export class Fit extends Predictions {
  /** @param {WeightsRun} run @param {FitData} data */
  constructor(run, data) {
    super(run, data);
    this.run = run;
  }

  /** What is answered for inputs (m × values of a sample): (m, columns). @param {number} epoch @param {Float32Array} inputs */
  answers(epoch, inputs) {
    return this.run.from(epoch, 0, this.run.tensor(inputs)).outputs.data;
  }

  /** @param {number} epoch @returns {Curve} */
  curve(epoch) {
    return this.run.memo(epoch, "curve", (at) => {
      const [[low, high]] = /** @type {import("../types").CurveFitData} */ (this.data.curve).limits;
      const within = this.hinges(at).filter(({ x }) => x >= low && x <= high);
      const places = Float32Array.from(within, ({ x }) => x);
      const heights = this.answers(at, places);
      const x = Float32Array.from([...evenly([low, high], POINTS), ...places]).sort();
      return {
        x,
        answers: this.answers(at, x), // corners stay sharp
        hinges: within.map((hinge, i) => ({
          ...hinge,
          answers: heights.subarray(i * this.n, (i + 1) * this.n),
        })),
      };
    });
  }

  /** The input at which z of each unit is 0. @param {number} epoch */
  hinges(epoch) {
    const hinges = this.data.curve?.hinges;
    if (!hinges) return [];
    const { run } = this;
    const position = run.network.position(hinges.layer);
    /** @type {Tensor | null} */
    let found = null;
    run.network.evaluate(
      run.network.weightsAt(answeredAt(run.data, epoch)),
      run.tensor(Float32Array.of(0, 1)),
      {
        last: position,
        visit: (place, z) => {
          if (place === position) found = copy(z);
        },
      },
    );
    const { data } = /** @type {Tensor} */ (/** @type {unknown} */ (found));
    const n = data.length / 2;
    return hinges.units.map((unit) => ({ unit, x: -data[unit] / (data[n + unit] - data[unit]) }));
  }

  /** What units add at inputs (n,), by default along the curve. @param {number} epoch @param {Float32Array} [inputs] @returns {Terms} */
  terms(epoch, inputs) {
    if (inputs) return this.termsAt(epoch, inputs);
    return this.run.memo(epoch, "terms", (at) => {
      const [range] = /** @type {import("../types").CurveFitData} */ (this.data.curve).limits;
      return this.termsAt(at, evenly(range, OF_TERMS));
    });
  }

  /** @param {number} epoch @param {Float32Array} x @returns {Terms} */
  termsAt(epoch, x) {
    const { network } = this.run;
    const { units } = /** @type {ContributionsData} */ (this.data.contributions);
    const weights = network.weightsAt(answeredAt(this.run.data, epoch));
    const a = network.evaluate(weights, this.run.tensor(x), { last: network.last - 1 }).data;
    const { kernel, bias } = weights[network.last];
    const [m, columns] = kernel.shape;
    const parts = units.map(() => new Float64Array(x.length));
    const others = new Float64Array(x.length);
    const places = new Map(units.map((unit, place) => [unit, place]));
    for (let unit = 0; unit < m; unit++) {
      const place = places.get(unit);
      const row = place === undefined ? others : parts[place];
      for (let i = 0; i < x.length; i++) row[i] += a[i * m + unit] * kernel.data[unit * columns];
    }
    const b = bias ? bias.data[0] : 0;
    const total = others.map((rest, i) => parts.reduce((sum, part) => sum + part[i], rest + b));
    return { x, parts, others, bias: b, total };
  }

  /** The surface of a column over a part of the input plane, with contours at these levels. @param {number} epoch @param {number} column @param {number[]} levels @param {[Range, Range]} limits @returns {Surface} */
  surface(epoch, column, levels, limits) {
    const { run, n } = this;
    return run.memo(epoch, `surface ${column} ${limits}`, (at) => {
      const { size, points } = run.mesh(INPUT_PLANE, limits);
      const all = run.from(at, 0, points).outputs.data;
      const values =
        n === 1 ? all : Float32Array.from({ length: size * size }, (_, i) => all[i * n + column]);
      const above = (/** @type {Float32Array} */ answers, step = 1, first = 0) =>
        Float32Array.from({ length: (answers.length / step) * levels.length }, (_, i) => {
          const level = i % levels.length;
          return answers[Math.floor(i / levels.length) * step + first] - levels[level];
        });
      const lines = levels.length
        ? contours(limits, size, above(values), (refined) => above(this.answers(at, refined), n, column))
        : [];
      return { size, values, lines };
    });
  }
}

/** R² of a column; null where it is constant. @param {Float32Array} targets @param {Float32Array} predicted @param {number} n columns @param {number} column */
function r2Of(targets, predicted, n, column) {
  const count = targets.length / n;
  let [sum, low, high] = [0, Infinity, -Infinity];
  for (let i = column; i < targets.length; i += n) {
    sum += targets[i];
    low = Math.min(low, targets[i]);
    high = Math.max(high, targets[i]);
  }
  if (!(high - low > SAME * Math.max(Math.abs(low), Math.abs(high)))) return null;
  const mean = sum / count;
  let [off, spread] = [0, 0];
  for (let i = column; i < targets.length; i += n) {
    off += (targets[i] - predicted[i]) ** 2;
    spread += (targets[i] - mean) ** 2;
  }
  return 1 - off / spread;
}

/** So many numbers between two ends. @param {Range} range @param {number} count */
function evenly([low, high], count) {
  return Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}
