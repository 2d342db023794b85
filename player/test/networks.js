/** Small networks with random weights, for tests that compare with their own forward pass. */

import { Network } from "../src/core/network.js";
import { Packing } from "./oracle.js";

/** Numbers between −1 and 1, always the same. @param {number} seed */
export function numbers(seed) {
  let state = seed * 2654435761 + 12345;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39) >>> 0;
    return (mixed / 2 ** 32) * 2 - 1;
  };
}

/**
 * A chain of dense layers.
 *
 * @param {number[]} units of the inputs and of each layer
 * @param {string[]} activations
 * @param {number} seed
 */
export function dense(units, activations, seed) {
  const next = numbers(seed);
  const packing = new Packing();
  const plain = activations.map((activation, i) => {
    const [inputs, n] = [units[i], units[i + 1]];
    const kernel = Array.from({ length: inputs * n }, () => Math.fround(next() * Math.sqrt(6 / inputs)));
    const bias = Array.from({ length: n }, () => Math.fround(next()));
    return { activation, inputs, n, kernel, bias };
  });
  const layers = plain.map(({ activation, inputs, n, kernel, bias }, i) => ({
    name: `layer ${i}`,
    class_name: "Dense",
    units: n,
    activation,
    config: {},
    weights: {
      kernel: packing.add("float32", [1, inputs, n], kernel),
      bias: packing.add("float32", [1, n], bias),
    },
  }));
  const network = new Network({ layers, loss: null }, [0], packing.buffer);
  /** z of all layers at a point. @param {number[]} point @returns {number[][]} */
  const zAt = (point) => {
    /** @type {number[][]} */
    const found = [];
    let x = point;
    for (const { activation, n, kernel, bias } of plain) {
      const z = bias.map((b, unit) => x.reduce((sum, value, i) => sum + value * kernel[i * n + unit], b));
      found.push(z);
      x = z.map((value) =>
        activation === "relu"
          ? Math.max(value, 0)
          : activation === "tanh"
            ? Math.tanh(value)
            : activation === "hard_tanh"
              ? Math.min(1, Math.max(-1, value))
              : value,
      );
    }
    return found;
  };
  return { network, weights: network.weightsAt(0), zAt, names: layers.map(({ name }) => name) };
}
