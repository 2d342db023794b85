import assert from "node:assert/strict";
import test from "node:test";

import { Network } from "../src/core/network.js";
import { Packing, buffer, near, oracle, tensor, values } from "./oracle.js";

for (const { layer, inputs, z, a } of oracle.layers) {
  test(`${layer.class_name} ${JSON.stringify(layer.config)} of ${inputs.shape} is NumPy's`, () => {
    const network = new Network({ layers: [layer], loss: null }, [0], buffer);
    const weights = network.weightsAt(0);
    const before = network.preActivation(0, weights, tensor(inputs));
    assert.deepEqual(before.shape, z.shape);
    near(before.data, values(z), "z");
    const after = network.evaluate(weights, tensor(inputs));
    assert.deepEqual(after.shape, a.shape);
    near(after.data, values(a), "a");
  });
}

for (const run of oracle.runs) {
  const names = run.network.layers.map((/** @type {any} */ layer) => layer.name);
  test(`every layer of ${run.task.kind} ${names.length} is NumPy's at and between snapshots`, () => {
    const network = new Network(run.network, run.epochs, buffer);
    for (const { epoch, activations } of run.moments) {
      const weights = network.weightsAt(epoch);
      names.forEach((/** @type {string} */ name, /** @type {number} */ last) => {
        const expected = values(activations[name]);
        const found = network.evaluate(weights, tensor(run.inputs), { last });
        near(found.data, expected, `${name} at ${epoch}`);
        const rest = network.evaluate(weights, found, { first: last + 1 });
        near(rest.data, values(activations[names.at(-1)]), `from behind ${name} at ${epoch}`);
      });
    }
  });
}

test("epochs outside the run are its ends", () => {
  const [run] = oracle.runs;
  const network = new Network(run.network, run.epochs, buffer);
  const last = network.weightsAt(6)[0].kernel.data;
  assert.deepEqual(network.weightsAt(99)[0].kernel.data, last);
});

test("a result stays as it is while the network goes on", () => {
  const [run] = oracle.runs;
  const network = new Network(run.network, run.epochs, buffer);
  const first = network.evaluate(network.weightsAt(0), tensor(run.inputs), { last: 2 });
  const kept = first.data.slice();
  network.evaluate(network.weightsAt(6), tensor(run.inputs));
  assert.deepEqual(first.data, kept);
});

test("inputs that no layer changes come back as a copy", () => {
  const layer = { name: "d", class_name: "Dropout", units: null, activation: null, config: {}, weights: {} };
  const network = new Network({ layers: [layer], loss: null }, [0], new ArrayBuffer(0));
  const inputs = { data: Float32Array.of(1, 2), shape: [1, 2] };
  const found = network.evaluate(network.weightsAt(0), inputs);
  assert.deepEqual(found.data, inputs.data);
  assert.notEqual(found.data, inputs.data);
});

test("weights that are not finite give what is not finite", () => {
  const packing = new Packing();
  const kernel = packing.add("float32", [1, 2, 2], [NaN, 1, 1, Infinity]);
  const weights = { kernel };
  const layer = { name: "d", class_name: "Dense", units: 2, activation: "tanh", config: {}, weights };
  const network = new Network({ layers: [layer], loss: null }, [0], packing.buffer);
  const { data } = network.evaluate(network.weightsAt(0), { data: Float32Array.of(1, 1), shape: [1, 2] });
  assert.deepEqual(data, Float32Array.of(NaN, 1));
});

test("layers and classes that are not there are named", () => {
  const layer = { name: "c", class_name: "Conv2D", units: null, activation: null, config: {}, weights: {} };
  assert.throws(() => new Network({ layers: [layer], loss: null }, [0], buffer), /“c”: Conv2D/);
  const network = new Network(oracle.runs[0].network, oracle.runs[0].epochs, buffer);
  assert.throws(() => network.position("nowhere"), /“nowhere”/);
});

test("a vector costs the products of the dense layers from there on, and their activations", () => {
  const network = new Network(oracle.runs[0].network, oracle.runs[0].epochs, buffer);
  assert.equal(network.cost(0), 2 * 16 + 16 * 16 + 16 * 2 + 2 + 8 * (16 + 16 + 2 + 1));
  assert.equal(network.cost(3), 2 + 8);
});
