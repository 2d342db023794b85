/**
 * The layers that the page evaluates, as `replay/network/in_numpy/layers.py` has them: each up to its pre-activation z.
 *
 * Activations are tensors of one moment, (n, …); weights have no axis of snapshots any more. A layer fills an
 * array that `take` gives it, or passes on what it was given.
 */

import { sizeOf } from "./arrays.js";

/** @typedef {{ data: Float32Array, shape: number[] }} Tensor */
/** @typedef {Record<string, Tensor>} Weights by name within the layer */
/** @typedef {Record<string, any>} Config */
/** @typedef {(size: number) => Float32Array} Take */
/** @typedef {(x: Tensor, weights: Weights, config: Config, take: Take) => Tensor} PreActivation */

const KERAS_EPSILON = 1e-7; // keras.config.epsilon(), which Normalization divides by at least

/** @type {PreActivation} */
function dense(x, { kernel, bias }, _config, take) {
  const [inputs, units] = kernel.shape;
  const rows = x.data.length / inputs;
  const z = take(rows * units);
  const start = bias?.data ?? new Float32Array(units);
  const { data } = x;
  const weights = kernel.data;
  for (let row = 0; row < rows; row++) {
    const first = row * inputs;
    for (let unit = 0; unit < units; unit++) {
      let sum = start[unit];
      for (let i = 0; i < inputs; i++) {
        sum += data[first + i] * weights[i * units + unit];
      }
      z[row * units + unit] = sum;
    }
  }
  return { data: z, shape: [...x.shape.slice(0, -1), units] };
}

/** @type {PreActivation} */
function batchNormalization(x, weights, config, take) {
  const axis = config.axis ?? -1;
  const position = axis < 0 ? x.shape.length + axis : axis;
  const shape = x.shape.slice(1).map((length, i) => (i + 1 === position ? length : 1));
  /** @param {string} name @param {number} otherwise */
  const along = (name, otherwise) =>
    weights[name] ? spread({ data: weights[name].data, shape }, x) : filled(otherwise, x);
  const epsilon = config.epsilon ?? 1e-3;
  const deviation = along("moving_variance", 1).map((variance) => Math.sqrt(variance + epsilon));
  const mean = along("moving_mean", 0);
  const gamma = along("gamma", 1);
  const beta = along("beta", 0);
  return byValue(x, take, (value, i) => ((value - mean[i]) / deviation[i]) * gamma[i] + beta[i]);
}

/** @type {PreActivation} */
function layerNormalization(x, weights, config, take) {
  const axes = typeof config.axis === "number" ? 1 : (config.axis ?? [-1]).length; // always the last ones
  const size = sizeOf(x.shape.slice(x.shape.length - axes));
  const gamma = weights.gamma?.data ?? new Float32Array(size).fill(1);
  const beta = weights.beta?.data ?? new Float32Array(size);
  const epsilon = config.epsilon ?? 1e-3;
  const z = take(x.data.length);
  for (let start = 0; start < z.length; start += size) {
    const row = x.data.subarray(start, start + size);
    const mean = row.reduce((sum, value) => sum + value, 0) / size;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    const deviation = Math.sqrt(variance + epsilon);
    for (let i = 0; i < size; i++) {
      z[start + i] = ((row[i] - mean) / deviation) * gamma[i] + beta[i];
    }
  }
  return { data: z, shape: x.shape };
}

/** @type {PreActivation} */
function normalization(x, weights, config, take) {
  const mean = spread(weights.mean ?? fromConfig(config.mean), x);
  const variance = spread(weights.variance ?? fromConfig(config.variance), x);
  const deviation = variance.map((value) => Math.max(Math.sqrt(value), KERAS_EPSILON));
  return config.invert
    ? byValue(x, take, (value, i) => mean[i] + value * deviation[i])
    : byValue(x, take, (value, i) => (value - mean[i]) / deviation[i]);
}

/** @type {PreActivation} */
function rescaling(x, _weights, config, take) {
  const scale = spread(fromConfig(config.scale), x);
  const offset = spread(fromConfig(config.offset), x);
  return byValue(x, take, (value, i) => value * scale[i] + offset[i]);
}

/** @type {PreActivation} */
function flatten(x) {
  return { data: x.data, shape: [x.shape[0], sizeOf(x.shape.slice(1))] };
}

/** @type {PreActivation} */
function reshape(x, _weights, config) {
  /** @type {number[]} */
  const target = config.target_shape;
  const open = sizeOf(x.shape.slice(1)) / sizeOf(target.filter((length) => length >= 0));
  return { data: x.data, shape: [x.shape[0], ...target.map((length) => (length < 0 ? open : length))] };
}

/** @type {PreActivation} */
const same = (x) => x;

/** @type {Readonly<Record<string, PreActivation>>} */
export const PRE_ACTIVATIONS = {
  Dense: dense,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Normalization: normalization,
  Rescaling: rescaling,
  Flatten: flatten,
  Reshape: reshape,
  ...Object.fromEntries(
    [
      ...["Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "PReLU", "InputLayer", "Identity"],
      // Layers that act while training only:
      ...["Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D"],
      ...["SpatialDropout2D", "SpatialDropout3D", "ActivityRegularization"],
    ].map((name) => [name, same]),
  ),
};

/**
 * He et al. 2015: the activation of a PReLU layer, whose slopes are weights.
 *
 * @param {Tensor} z
 * @param {Weights} weights
 * @param {Take} take
 */
export function prelu(z, weights, take) {
  const alpha = spread(weights.alpha, z);
  return byValue(z, take, (value, i) => Math.max(value, 0) + alpha[i] * Math.min(value, 0));
}

/**
 * Fill a tensor like x from each value and its position within the sample.
 *
 * @param {Tensor} x
 * @param {Take} take
 * @param {(value: number, i: number) => number} f
 * @returns {Tensor}
 */
function byValue(x, take, f) {
  const size = sizeOf(x.shape.slice(1));
  const data = take(x.data.length);
  for (let start = 0; start < data.length; start += size) {
    for (let i = 0; i < size; i++) {
      data[start + i] = f(x.data[start + i], i);
    }
  }
  return { data, shape: x.shape };
}

/**
 * A weight repeated over the whole of a sample: its axes meet the last ones of x, those of length 1 stretch.
 *
 * @param {Tensor} weight
 * @param {Tensor} x
 * @returns {Float32Array}
 */
function spread(weight, x) {
  const shape = x.shape.slice(1);
  const own = weight.shape.slice(Math.max(0, weight.shape.length - shape.length));
  const lengths = [...Array(shape.length - own.length).fill(1), ...own];
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) {
    let rest = i;
    let from = 0;
    for (let axis = shape.length - 1, stride = 1; axis >= 0; axis--) {
      from += lengths[axis] === 1 ? 0 : (rest % shape[axis]) * stride;
      rest = Math.floor(rest / shape[axis]);
      stride *= lengths[axis];
    }
    values[i] = weight.data[from];
  }
  return values;
}

/**
 * @param {number} value
 * @param {Tensor} x
 */
function filled(value, x) {
  return new Float32Array(sizeOf(x.shape.slice(1))).fill(value);
}

/**
 * A number or nested lists of numbers from a layer's configuration.
 *
 * @param {any} value
 * @returns {Tensor}
 */
function fromConfig(value) {
  const shape = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) {
    shape.push(inner.length);
  }
  return { data: Float32Array.from([value].flat(Infinity)), shape };
}
