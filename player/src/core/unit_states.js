/** Which units of the first layer are dead, and which are alike, as `replay/views/shared/unit_lines.py` tells it. */

/** @typedef {import("./layers.js").Tensor} Tensor */
/** @typedef {import("./layers.js").Weights} Weights */
/** @typedef {import("./unit_lines.js").Moment} Moment */

const MOST_PAIRED = 16; // units: of more, twins are not looked for
const ENOUGH = 10; // samples: among fewer, units are alike by chance
const ALIKE = 0.999; // correlation of two units, up to sign
const VARIES = 1e-4; // of the largest value: a unit that varies less is like no other

/**
 * The units that answer 0 to all samples or that no later layer reads, and of those that carry the signal of another the first that does.
 *
 * @param {Moment} moment
 * @param {Tensor} samples
 * @returns {{ dead: Set<number>, twins: Map<number, number> }}
 */
export function unitStates({ network, weights, units }, samples) {
  const first = network.position(units.layers[0]);
  const n = samples.shape[0];
  /** @type {Set<number>} */
  let dead = new Set();
  /** @type {Map<number, number>} */
  let twins = new Map();
  network.evaluate(weights, samples, {
    last: first,
    visit: (position, z, a) => {
      if (position < first || !n) return;
      dead = deadUnits(units.shown, z, deadUpTo(network.layers[first]));
      if (units.shown.length <= MOST_PAIRED && n >= ENOUGH) twins = twinUnits(units.shown, a);
    },
  });
  for (const unit of unreadUnits(units.shown, weights.slice(first + 1))) dead.add(unit);
  return { dead, twins };
}

/** The units whose weights to the next layer are all 0. @param {number[]} shown @param {Weights[]} after of the layers behind */
function unreadUnits(shown, after) {
  const kernel = after.find((own) => own.kernel)?.kernel;
  if (!kernel) return [];
  const units = kernel.shape[1];
  return shown.filter((unit) =>
    kernel.data.subarray(unit * units, (unit + 1) * units).every((weight) => weight === 0),
  );
}

/** The z up to which a unit answers 0; null of activations that never do. @param {import("../types").LayerData} layer */
function deadUpTo({ activation, config }) {
  if (activation === "relu6") return 0;
  const given = /** @type {Record<string, any>} */ (config.activation_arguments ?? {});
  return activation === "relu" && !given.negative_slope ? (given.threshold ?? 0) : null;
}

/** @param {number[]} shown @param {Tensor} z (n, units) @param {number | null} most */
function deadUnits(shown, { data, shape }, most) {
  if (most === null) return new Set();
  const answers = (/** @type {number} */ unit) => {
    for (let at = unit; at < data.length; at += shape[1]) if (!(data[at] <= most)) return true;
    return false;
  };
  return new Set(shown.filter((unit) => !answers(unit)));
}

/**
 * Of the units whose activations are the same, up to scale, shift and sign, the first that each is like.
 *
 * @param {number[]} shown
 * @param {Tensor} a (n, units)
 */
function twinUnits(shown, { data, shape: [n, width] }) {
  const centred = shown.map((unit) => centredValues(data, unit, n, width));
  /** @type {Map<number, number>} */
  const twins = new Map();
  centred.forEach((one, i) => {
    for (let j = i + 1; j < centred.length; j++) {
      const other = centred[j];
      if (twins.has(shown[j]) || !one.varies || !other.varies) continue;
      const product = Math.abs(one.values.reduce((sum, value, k) => sum + value * other.values[k], 0));
      if (product > ALIKE * one.scale * other.scale) twins.set(shown[j], twins.get(shown[i]) ?? shown[i]);
    }
  });
  return twins;
}

/** A column of activations without its mean. @param {Float32Array} data @param {number} unit @param {number} n @param {number} width */
function centredValues(data, unit, n, width) {
  const values = Float64Array.from({ length: n }, (_, i) => data[i * width + unit]);
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < n; i++) values[i] -= mean;
  const scale = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return { values, scale, varies: scale > VARIES * largest * Math.sqrt(n) };
}
