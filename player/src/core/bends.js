/** Where activations bend, as `replay/network/in_numpy/bends.py` has it. */

/** @typedef {import("../types").LayerData} LayerData */
/** @typedef {Record<string, any>} Arguments */

// Layers whose z is no affine map of what enters them.
const NOT_AFFINE = ["LayerNormalization"];

/** @type {(given: Arguments) => number[] | null} */
const ofRelu = ({ threshold, negative_slope: slope, max_value: most = null }) => {
  if (threshold) return null; // it jumps there
  const bottom = slope === 1 ? [] : [0];
  return most === null || !Number.isFinite(most) ? bottom : [...bottom, most];
};

/** @type {Readonly<Record<string, (given: Arguments) => number[] | null>>} */
const BENDS = {
  linear: () => [],
  relu: ofRelu,
  leaky_relu: ofRelu,
  relu6: () => [0, 6],
  hard_sigmoid: () => [-3, 3],
  hard_tanh: () => [-1, 1],
  sparse_sigmoid: () => [-1, 1],
  soft_shrink: ({ threshold = 0.5 }) => [-threshold, threshold],
};

/** Whether z of a layer is an affine map of what enters it. @param {LayerData} layer */
export const isAffine = (layer) => !NOT_AFFINE.includes(layer.class_name);

/**
 * The z at which the activation of a layer changes its slope, none where it is linear; null of a layer that is not
 * piecewise linear.
 *
 * @param {LayerData} layer
 * @returns {number[] | null}
 */
export function bends(layer) {
  if (!isAffine(layer)) return null;
  if (layer.class_name === "PReLU") return [0];
  const name = layer.activation ?? "linear";
  if (!Object.hasOwn(BENDS, name)) return null;
  return BENDS[name](/** @type {Arguments} */ (layer.config.activation_arguments ?? {}));
}
