/**
 * The loss of each sample as Keras computes it: the losses of `replay/network/losses.py`.
 *
 * The cross-entropy of a sigmoid or softmax output is taken from its logits, otherwise from probabilities
 * clipped to [ε, 1 − ε]. With `from_outputs` it is always taken from the outputs, as Keras does on JAX and
 * PyTorch. Weights, `least_log` and sums are PyTorch's.
 *
 * @typedef {import("../types").LossData} LossData
 * @typedef {import("./network.js").Tensor} Tensor
 */

import { logSoftmax } from "./activations.js";

const { abs, fround, log, log1p, max, min } = Math;
const LOW = fround(1e-7); // keras.config.epsilon()
const HIGH = fround(1 - LOW);

/** Keras takes a cross-entropy from what comes before these activations of the output. */
export const WITH_LOGITS = ["sigmoid", "softmax"];
/** Classes tie where the logits before these do: of a step, outputs are 0 or 1 and never in between. */
export const TIES_IN_LOGITS = [...WITH_LOGITS, "step"];

/**
 * One row of outputs and targets, as long as the output has units.
 *
 * @typedef {object} Row
 * @property {Float64Array} targets class numbers, repeated, for the sparse loss
 * @property {Float64Array} outputs
 * @property {Float64Array | null} logits
 * @property {number} smoothing
 * @property {LossData} loss
 * @property {Float64Array} scratch
 */

/** @type {(p: number) => number} */
const clipped = (p) => min(max(p, LOW), HIGH);

/** The weight at a place of weights that are a number each or one for all. @type {(weights: number[] | null | undefined, i: number) => number} */
const weight = (weights, i) => (weights ? (weights.length === 1 ? weights[0] : weights[i]) : 1);

/** Log p of a probability, bounded below. @type {(p: number, loss: LossData) => number} */
const logOf = (p, { least_log: least }) => max(log(p), least ?? -Infinity);

/** @type {(p: number, loss: LossData) => number} */
const bounded = (p, { least_log: least }) => (typeof least === "number" ? p : clipped(p));

/** log(1 + e^z). @type {(z: number) => number} */
const softplus = (z) => max(z, 0) + log1p(Math.exp(-abs(z)));

/** @type {(target: number, smoothing: number, nClasses: number) => number} */
const smoothed = (target, smoothing, nClasses) => target * (1 - smoothing) + smoothing / nClasses;

/** @type {(row: Row) => number} */
function binaryCrossentropy({ targets, outputs, logits, smoothing, loss }) {
  let sum = 0;
  for (let i = 0; i < outputs.length; i++) {
    const t = smoothed(targets[i], smoothing, 2);
    const positive = t * weight(loss.positive_weights, i);
    let value;
    if (logits && !loss.positive_weights) {
      // TensorFlow's sigmoid_cross_entropy_with_logits
      const z = logits[i];
      value = max(z, 0) - z * t + log1p(Math.exp(-abs(z)));
    } else if (logits) {
      value = positive * softplus(-logits[i]) + (1 - t) * softplus(logits[i]);
    } else {
      const p = bounded(outputs[i], loss);
      value = -(positive * logOf(p, loss) + (1 - t) * logOf(1 - p, loss));
    }
    sum += weight(loss.weights, i) * value;
  }
  return sum / outputs.length;
}

/** @type {(row: Row) => number} */
function categoricalCrossentropy({ targets, outputs, logits, smoothing, scratch, loss }) {
  if (logits) {
    logSoftmax(logits, scratch);
  } else {
    const total = outputs.reduce((sum, output) => sum + output, 0);
    outputs.forEach((output, i) => {
      scratch[i] = logOf(bounded(fround(output / total), loss), loss);
    });
  }
  let sum = 0;
  for (let i = 0; i < targets.length; i++) {
    sum -= weight(loss.weights, i) * smoothed(targets[i], smoothing, targets.length) * scratch[i];
  }
  return sum;
}

/** @type {(row: Row) => number} */
function sparseCategoricalCrossentropy({ targets, outputs, logits, scratch }) {
  logSoftmax(logits ?? outputs.map((output) => log(clipped(output))), scratch);
  let sum = 0;
  for (let label = 0; label < scratch.length; label++) {
    sum -= (targets[label] === label ? 1 : 0) * scratch[label]; // the products keep NaN and ∞, as in NumPy
  }
  return sum;
}

/**
 * A loss for numbers, from a target and an output: the functions of `replay/network/number_losses.py`.
 *
 * @typedef {(t: number, y: number, loss: LossData) => number} NumberLoss
 */

/** @type {NumberLoss} */
function huber(t, y, { delta = 1 }) {
  const size = abs(y - t);
  return size <= delta ? size ** 2 / 2 : delta * size - delta ** 2 / 2;
}

/** @type {NumberLoss} */
function logCosh(t, y) {
  const size = abs(y - t);
  return size + log1p(Math.exp(-2 * size)) - Math.LN2;
}

/** @type {NumberLoss} */
function squaredLogarithmic(t, y) {
  return (log(max(y, LOW) + 1) - log(max(t, LOW) + 1)) ** 2;
}

/** @type {Readonly<Record<string, NumberLoss>>} */
const NUMBER_LOSSES = {
  mean_squared_error: (t, y) => (y - t) ** 2,
  half_squared_error: (t, y) => (y - t) ** 2 / 2,
  mean_absolute_error: (t, y) => abs(t - y),
  huber,
  smooth_l1: (t, y, { beta = 1 }) => (abs(y - t) < beta ? (y - t) ** 2 / (2 * beta) : abs(y - t) - beta / 2),
  log_cosh: logCosh,
  poisson_of_log: (t, y) => Math.exp(y) - t * y,
  poisson: (t, y) => y - t * log(y + LOW),
  quantile: (t, y, { q = NaN }) => max(q * (t - y), (q - 1) * (t - y)),
  mean_absolute_percentage_error: (t, y) => 100 * abs((t - y) / max(abs(t), LOW)),
  mean_squared_logarithmic_error: squaredLogarithmic,
};

/** The mean of a loss for numbers over the columns of a row. @type {(loss: LossData) => (row: Row) => number} */
const meanOver =
  (loss) =>
  ({ targets, outputs }) => {
    const of = NUMBER_LOSSES[loss.name];
    return outputs.reduce((sum, output, i) => sum + of(targets[i], output, loss), 0) / outputs.length;
  };

/** @type {Readonly<Record<string, (row: Row) => number>>} */
const OF_CLASSES = {
  binary_crossentropy: binaryCrossentropy,
  categorical_crossentropy: categoricalCrossentropy,
  sparse_categorical_crossentropy: sparseCategoricalCrossentropy,
};

/**
 * Each sample's loss (n,), from outputs (n, …, units) and targets of the same shape or with one value for all
 * units. Null where the loss is none that outputs and targets alone give.
 *
 * @param {LossData | null} loss
 * @param {Float32Array} targets
 * @param {Tensor} outputs
 * @param {Tensor | null} logits the output's pre-activation, where the loss is taken from it
 * @returns {Float32Array | null}
 */
export function losses(loss, targets, outputs, logits) {
  const ofNumbers = Boolean(loss) && Object.hasOwn(NUMBER_LOSSES, loss?.name ?? "");
  if (!loss || !(ofNumbers || Object.hasOwn(OF_CLASSES, loss.name))) {
    return null;
  }
  const from = (loss.from_outputs ? null : logits) ?? (loss.from_logits ? outputs : null);
  const oneHot = Boolean(loss.from_outputs) && loss.name === "sparse_categorical_crossentropy";
  const of = ofNumbers ? meanOver(loss) : OF_CLASSES[oneHot ? "categorical_crossentropy" : loss.name];
  const n = outputs.shape[0];
  const units = outputs.shape[outputs.shape.length - 1];
  const rows = outputs.data.length / units;
  const columns = targets.length / rows;
  const row = {
    targets: new Float64Array(units),
    outputs: new Float64Array(units),
    logits: from && new Float64Array(units),
    smoothing: loss.label_smoothing ?? 0,
    loss,
    scratch: new Float64Array(units),
  };
  const values = new Float64Array(n);
  for (let i = 0; i < rows; i++) {
    for (let unit = 0; unit < units; unit++) {
      row.outputs[unit] = outputs.data[i * units + unit];
      const target = targets[columns === 1 ? i : i * units + unit];
      row.targets[unit] = oneHot ? Number(target === unit) : target;
    }
    if (row.logits && from) {
      row.logits.set(from.data.subarray(i * units, (i + 1) * units));
    }
    values[Math.floor((i * n) / rows)] += of(row); // of pixels or time steps, their mean
  }
  const ofUnits = ofNumbers || loss.name === "binary_crossentropy"; // the mean over units, for one
  const share = loss.reduction === "sum" ? (ofUnits ? units : 1) : n / rows;
  return Float32Array.from(values, (sum) => sum * share);
}
