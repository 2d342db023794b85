/** The forward pass: a chain of layers with the weights of any moment, as `replay/network/in_numpy/forward.py` has it. */

import { activate } from "./activations.js";
import { slice } from "./arrays.js";
import { PRE_ACTIVATIONS, prelu } from "./layers.js";
import { TIES_IN_LOGITS, WITH_LOGITS } from "./losses.js";
import { between, momentAt } from "./moments.js";

/** @typedef {import("./layers.js").Tensor} Tensor */
/** @typedef {import("./layers.js").Weights} Weights */
/** @typedef {import("../types").LayerData} LayerData */
/** @typedef {(position: number, z: Tensor, a: Tensor) => void} Visit sees what is overwritten later */

const ACTIVATION = 8; // multiplications that a non-linearity is about as dear as

export class Network {
  /**
   * @param {import("../types").NetworkData} data
   * @param {readonly number[]} epochs of the snapshots
   * @param {ArrayBuffer} buffer
   */
  constructor(data, epochs, buffer) {
    this.layers = data.layers;
    const unknown = this.layers.find((layer) => !Object.hasOwn(PRE_ACTIVATIONS, layer.class_name));
    if (unknown) {
      throw new Error(`This page cannot evaluate layer “${unknown.name}”: ${unknown.class_name}.`);
    }
    this.epochs = epochs;
    this.buffer = buffer;
    this.scratch = new Scratch();
    /** @type {{ epoch: number, weights: Weights[] } | null} */
    this.held = null;
    /** Of the kernel of a layer, by its position, the rows that are 0. @type {Map<number, Uint8Array>} */
    this.silent = new Map();
  }

  /** From now on these rows of kernels are 0 at all epochs. @param {Map<number, Uint8Array>} silent */
  silence(silent) {
    this.silent = silent;
    this.held = null;
  }

  get last() {
    return this.layers.length - 1;
  }

  /** @param {string} name */
  position(name) {
    const position = this.layers.findIndex((layer) => layer.name === name);
    if (position < 0) {
      throw new Error(`There is no layer “${name}” in this run.`);
    }
    return position;
  }

  /**
   * The weights of each layer at an epoch, between two snapshots as far between them. The last ones are kept.
   *
   * @param {number} epoch
   * @returns {Weights[]}
   */
  weightsAt(epoch) {
    const moment = momentAt(this.epochs, epoch);
    if (this.held?.epoch !== moment.epoch)
      this.held = { epoch: moment.epoch, weights: this.weightsOfAll(moment.epoch) };
    return this.held.weights;
  }

  /** The same, without keeping them. @param {number} epoch @returns {Weights[]} */
  weightsOfAll(epoch) {
    const moment = momentAt(this.epochs, epoch);
    const weights = this.layers.map((layer) => this.weightsOf(layer, moment));
    for (const [position, rows] of this.silent)
      weights[position].kernel = silenced(weights[position].kernel, rows);
    return weights;
  }

  /**
   * @param {LayerData} layer
   * @param {import("./moments.js").Moment} moment
   * @returns {Weights}
   */
  weightsOf(layer, { before, after, share }) {
    return Object.fromEntries(
      Object.entries(layer.weights).map(([name, ref]) => {
        const [first, second] = [before, after].map((snapshot) => slice(this.buffer, ref, snapshot));
        return [name, { data: between(first, second, share), shape: ref.shape.slice(1) }];
      }),
    );
  }

  /**
   * What a layer makes of its inputs before its activation.
   *
   * @param {number} position
   * @param {Weights[]} weights
   * @param {Tensor} x
   * @param {import("./layers.js").Take} take
   */
  preActivation(position, weights, x, take = fresh) {
    const layer = this.layers[position];
    return PRE_ACTIVATIONS[layer.class_name](x, weights[position], layer.config, take);
  }

  /**
   * f(z) of a layer.
   *
   * @param {number} position
   * @param {Weights[]} weights
   * @param {Tensor} z
   * @param {import("./layers.js").Take} take
   */
  activation(position, weights, z, take = fresh) {
    const layer = this.layers[position];
    if (layer.class_name === "PReLU") {
      return prelu(z, weights[position], take);
    }
    return isLinear(layer) ? z : activate(layer.activation ?? "linear", argumentsOf(layer), z, take);
  }

  /**
   * Take inputs through the layers `first` to `last`; `visit` sees z and a of each. The result is the
   * caller's own.
   *
   * @param {Weights[]} weights
   * @param {Tensor} inputs
   * @param {{ first?: number, last?: number, visit?: Visit }} options
   * @returns {Tensor}
   */
  evaluate(weights, inputs, { first = 0, last = this.last, visit } = {}) {
    let x = inputs;
    for (let position = first; position <= last; position++) {
      const entering = x;
      const z = this.preActivation(position, weights, x, (size) => this.scratch.beside(entering.data, size));
      x = this.activation(position, weights, z, (size) => this.scratch.beside(z.data, size));
      visit?.(position, z, x);
    }
    return copy(x);
  }

  /** Whether what comes before the output's activation tells where classes tie. */
  get hasLogits() {
    return TIES_IN_LOGITS.includes(this.layers[this.last].activation ?? "");
  }

  /** Whether the loss is taken from it, too. */
  get lossHasLogits() {
    return WITH_LOGITS.includes(this.layers[this.last].activation ?? "");
  }

  /**
   * The shape of one sample behind each layer.
   *
   * @param {number[]} inputShape of one sample
   * @returns {number[][]}
   */
  shapes(inputShape) {
    /** @type {number[][]} */
    const shapes = [];
    const one = { data: new Float32Array(inputShape.reduce((a, b) => a * b, 1)), shape: [1, ...inputShape] };
    this.evaluate(this.weightsAt(this.epochs[0]), one, {
      visit: (_position, _z, a) => shapes.push(a.shape.slice(1)),
    });
    return shapes;
  }

  /**
   * What the layers from `first` on cost for a vector, in multiplications; an activation is about as dear as 8.
   *
   * @param {number} first
   */
  cost(first) {
    return this.layers
      .slice(first)
      .map((layer) => {
        const [inputs = 0, units = layer.units ?? 0] = layer.weights.kernel?.shape.slice(1) ?? [];
        return inputs * units + (isLinear(layer) ? 0 : ACTIVATION * units);
      })
      .reduce((sum, cost) => sum + cost, 0);
  }
}

/**
 * Whether the layer gives its z as it is.
 *
 * @param {LayerData} layer
 */
export function isLinear(layer) {
  return layer.class_name !== "PReLU" && (layer.activation === null || layer.activation === "linear");
}

/** A kernel without some of its rows. @param {Tensor} kernel @param {Uint8Array} rows */
function silenced({ data, shape }, rows) {
  const columns = data.length / rows.length;
  return { data: data.map((weight, i) => (rows[Math.floor(i / columns)] ? 0 : weight)), shape };
}

/**
 * @param {Tensor} x
 * @returns {Tensor}
 */
export function copy(x) {
  return { data: x.data.slice(), shape: x.shape };
}

/** @param {LayerData} layer */
function argumentsOf(layer) {
  return /** @type {Record<string, any>} */ (layer.config.activation_arguments ?? {});
}

/** @param {number} size */
function fresh(size) {
  return new Float32Array(size);
}

/** Two arrays in turn for what layers pass on, so that playing leaves no garbage behind. */
class Scratch {
  constructor() {
    this.arrays = [new Float32Array(0), new Float32Array(0)];
  }

  /**
   * An array of `size` values in other memory than `data`.
   *
   * @param {Float32Array} data
   * @param {number} size
   */
  beside(data, size) {
    const which = data.buffer === this.arrays[0].buffer ? 1 : 0;
    if (this.arrays[which].length < size) {
      this.arrays[which] = new Float32Array(size);
    }
    return this.arrays[which].subarray(0, size);
  }
}
