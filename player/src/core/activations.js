/**
 * The catalogue of activation functions, with the formulas, names and defaults of `replay/network/activations.py`.
 *
 * Functions of one number are made by `SCALARS[name](arguments)`; those of a vector (softmax and its kin)
 * fill a row from a row. They compute in double precision: what is too large for float32 becomes infinite
 * where it is stored, as in NumPy.
 */

import { normalCdf } from "./normal.js";

/** @typedef {Record<string, any>} Arguments as the run file has them */
/** @typedef {(z: number) => number} Scalar */
/** @typedef {(z: Float64Array, a: Float64Array) => void} Vector fills a, for glu with half as many values */

// Klambauer et al. 2017, "Self-Normalizing Neural Networks", equation 14.
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

const { abs, exp, expm1, fround, log, log1p, max, min, sign, sqrt, tanh } = Math;

/** @type {Scalar} 1 / (1 + e^−z), without overflow for large |z| */
export const sigmoid = (z) => {
  const small = exp(-abs(z));
  return (z >= 0 ? 1 : small) / (1 + small);
};

/** @type {Scalar} log(1 + e^z), without overflow for large z */
export const softplus = (z) => max(z, 0) + log1p(exp(-abs(z)));

/** @type {(arguments_: Arguments) => Scalar} */
const relu = ({ negative_slope: slope = 0, max_value: most = null, threshold = 0 }) => {
  if (!slope && !threshold) {
    return most === null ? (z) => max(z, 0) : (z) => min(max(z, 0), most);
  }
  /** @type {Scalar} */
  const above = most === null ? (z) => z : (z) => min(max(z, 0), most);
  return (z) => (z > threshold ? above(z) : slope ? slope * (z - threshold) : 0);
};

/** @type {(arguments_: Arguments) => Scalar} */
const elu =
  ({ alpha = 1 }) =>
  (z) =>
    z > 0 ? z : alpha * expm1(min(z, 0));

/** @type {(arguments_: Arguments) => Scalar} */
const gelu = ({ approximate = false }) => {
  const slope = sqrt(2 / Math.PI);
  return approximate ? (z) => (z / 2) * (1 + tanh(slope * (z + 0.044715 * z ** 3))) : (z) => z * normalCdf(z);
};

/** @type {Scalar} */
const hardSigmoid = (z) => min(max(z / 6 + 0.5, 0), 1);

/** @type {Scalar} */
const silu = (z) => z * sigmoid(z);

/** @type {Scalar} */
const hardSilu = (z) => z * hardSigmoid(z);

/** @type {Readonly<Record<string, (arguments_: Arguments) => Scalar>>} */
const SCALARS = {
  linear: () => (z) => z,
  sigmoid: () => sigmoid,
  tanh: () => tanh,
  step: () => (z) => (z >= 0 ? 1 : 0),
  relu,
  leaky_relu: ({ negative_slope = 0.2 }) => relu({ negative_slope }),
  relu6: () => relu({ max_value: 6 }),
  elu,
  celu:
    ({ alpha = 1 }) =>
    (z) =>
      max(z, 0) + alpha * expm1(min(z, 0) / alpha),
  selu: () => {
    const unscaled = elu({ alpha: SELU_ALPHA });
    return (z) => SELU_SCALE * unscaled(z);
  },
  exponential: () => exp,
  softplus: () => softplus,
  softsign: () => (z) => z / (1 + abs(z)),
  squareplus:
    ({ b = 4 }) =>
    (z) =>
      (z + sqrt(z * z + b)) / 2,
  soft_shrink:
    ({ threshold = 0.5 }) =>
    (z) =>
      sign(z) * max(abs(z) - threshold, 0),
  hard_shrink:
    ({ threshold = 0.5 }) =>
    (z) =>
      abs(z) > threshold ? z : 0,
  tanh_shrink: () => (z) => z - tanh(z),
  threshold:
    ({ threshold, default_value }) =>
    (z) =>
      z > threshold ? z : default_value,
  sparse_plus: () => (z) => (z >= 1 ? z : max(z + 1, 0) ** 2 / 4),
  sparse_sigmoid: () => (z) => min(max((z + 1) / 2, 0), 1),
  silu: () => silu,
  swish: () => silu,
  gelu,
  hard_sigmoid: () => hardSigmoid,
  hard_silu: () => hardSilu,
  hard_swish: () => hardSilu,
  hard_tanh: () => (z) => min(max(z, -1), 1),
  mish: () => (z) => z * tanh(softplus(z)),
  log_sigmoid: () => (z) => -softplus(-z),
};

/** @param {Float64Array} values */
function largest(values) {
  let most = -Infinity;
  for (const value of values) {
    most = max(most, value); // NaN, unlike with >, if there is one
  }
  return most;
}

/** @type {Vector} */
const softmax = (z, a) => {
  const shift = largest(z);
  let sum = 0;
  for (let i = 0; i < z.length; i++) {
    a[i] = exp(z[i] - shift);
    sum += a[i];
  }
  for (let i = 0; i < z.length; i++) {
    a[i] /= sum;
  }
};

/** @type {Vector} */
export const logSoftmax = (z, a) => {
  const shift = largest(z);
  let sum = 0;
  for (let i = 0; i < z.length; i++) {
    a[i] = z[i] - shift;
    sum += exp(a[i]);
  }
  const logSum = log(sum);
  for (let i = 0; i < z.length; i++) {
    a[i] -= logSum;
  }
};

/** @type {Vector} the point of the probability simplex nearest to z: Martins & Astudillo 2016, algorithm 1 */
const sparsemax = (z, a) => {
  const ascending = z.map((value) => -value).sort(); // NaN, which sorts last, is never of the support
  let tau = NaN;
  let sum = -1;
  for (let i = 0; i < z.length; i++) {
    sum -= ascending[i];
    if (-(i + 1) * ascending[i] > sum) {
      tau = sum / (i + 1);
    }
  }
  for (let i = 0; i < z.length; i++) {
    a[i] = max(z[i] - tau, 0);
  }
};

/** @type {Vector} Dauphin et al. 2017: a·sigmoid(b), where a and b are the halves of z */
const glu = (z, a) => {
  const half = z.length / 2;
  for (let i = 0; i < half; i++) {
    a[i] = z[i] * sigmoid(z[half + i]);
  }
};

/** @type {Readonly<Record<string, Vector>>} */
const VECTORS = { softmax, log_softmax: logSoftmax, sparsemax, glu };

/** Every name that `activate` knows. */
export const NAMES = [...Object.keys(SCALARS), ...Object.keys(VECTORS)];

/**
 * f(z) of an array of this shape; `take` gives an array of so many values to fill.
 *
 * @param {string} name
 * @param {Arguments} given
 * @param {{ data: Float32Array, shape: number[] }} z
 * @param {(size: number) => Float32Array} take
 * @returns {{ data: Float32Array, shape: number[] }}
 */
export function activate(name, given, z, take) {
  if (Object.hasOwn(VECTORS, name)) {
    return overRows(VECTORS[name], name === "glu" ? 0.5 : 1, given.axis ?? -1, z, take);
  }
  if (!Object.hasOwn(SCALARS, name)) {
    throw new Error(`There is no activation “${name}”.`);
  }
  const f = SCALARS[name](rounded(given));
  const data = take(z.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = f(z.data[i]);
  }
  return { data, shape: z.shape };
}

/**
 * Arguments in float32: z is compared with thresholds as exactly as in NumPy.
 *
 * @param {Arguments} given
 * @returns {Arguments}
 */
function rounded(given) {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, typeof value === "number" ? fround(value) : value]),
  );
}

/**
 * Apply `f` to the rows along an axis, counted from the end.
 *
 * @param {Vector} f
 * @param {number} ratio how many values f gives for each it takes
 * @param {number} axis
 * @param {{ data: Float32Array, shape: number[] }} z
 * @param {(size: number) => Float32Array} take
 */
function overRows(f, ratio, axis, z, take) {
  const position = z.shape.length + axis;
  const size = z.shape[position];
  const stride = z.shape.slice(position + 1).reduce((product, length) => product * length, 1);
  const filled = size * ratio;
  const shape = z.shape.map((length, i) => (i === position ? filled : length));
  const data = take(z.data.length * ratio);
  const row = new Float64Array(size);
  const result = new Float64Array(filled);
  const outer = z.data.length / (size * stride);
  for (let block = 0; block < outer; block++) {
    for (let offset = 0; offset < stride; offset++) {
      for (let i = 0; i < size; i++) {
        row[i] = z.data[(block * size + i) * stride + offset];
      }
      f(row, result);
      for (let i = 0; i < filled; i++) {
        data[(block * filled + i) * stride + offset] = result[i];
      }
    }
  }
  return { data, shape };
}
