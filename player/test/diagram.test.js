import assert from "node:assert/strict";
import test from "node:test";

import { neuronOf, sidesOf, weightsOf, zOf, nearestOf, strengthOf } from "../src/core/neuron.js";
import { openRun } from "../src/core/open_run.js";
import { placesOf } from "../src/core/diagram_places.js";
import { buffer, near, oracle, values } from "./oracle.js";

/** @typedef {import("../src/core/weights_run.js").WeightsRun} WeightsRun */

const EPOCH = 1.75;
const CLOSE = 1e-4;
const LIMITS = [
  [-2, 2],
  [-2.5, 2.5],
];

/** @param {any} run @param {ArrayBuffer} [arrays] @returns {WeightsRun & { diagram: import("../src/core/diagram.js").Diagram }} */
function opened(run, arrays = buffer) {
  const { epochs, task, network, inputs, targets, labels, diagram, neurons } = run;
  const spaces = network.layers
    .filter((/** @type {any} */ { units }) => units > 1)
    .map((/** @type {any} */ { name, units }) => ({
      layer: name,
      n_units: units,
      unit_limits: Array(units).fill([-3, 3]),
      moving_limits: null,
      linear: {},
    }));
  const data = { name: "run", title: "run", samples: 0, arrays: null, held_out: { samples: 0 } };
  const page = {
    samples: [{ inputs, targets, labels, limits: LIMITS }],
    runs: [{ ...data, epochs, task, network, spaces, diagram, neurons }],
  };
  return /** @type {any} */ (openRun(/** @type {any} */ (page), 0, arrays));
}

/** @param {any} neuron @param {number} [unit] */
const looking = (neuron, unit) => /** @type {any} */ ({ neuron: { layer: neuron.layer, unit } });

const [deep, narrow] = oracle.runs;

for (const [number, run] of oracle.runs.entries()) {
  test(`edges, biases and changes of run ${number} are NumPy's`, () => {
    const { diagram } = opened(run);
    for (const quantity of /** @type {const} */ (["weights", "changes"])) {
      const { edges, biases } = diagram.weights(EPOCH, quantity);
      edges.forEach((each, place) =>
        near(each, values(run[quantity][2 * place]), `${quantity} ${place}`, CLOSE),
      );
      biases
        .slice(1)
        .forEach((each, place) => near(each, values(run[quantity][2 * place + 1]), "biases", CLOSE));
      assert.ok(biases[0].every(Number.isNaN));
    }
    const [first] = run.network.layers;
    const history = diagram.history(1, 1, 0);
    assert.deepEqual(
      [...history],
      run.epochs.map(
        (/** @type {number} */ _, /** @type {number} */ s) =>
          values(first.weights.kernel)[s * 2 * first.units + 1],
      ),
    );
  });

  test(`run ${number} answers without units as NumPy does, and again with them`, () => {
    const model = opened(run);
    const whole = Array.from(model.answers(EPOCH).losses ?? []);
    model.diagram.take({ ...run.taken, nowhere: [1], "layer 0": [1, 1, 99] });
    assert.deepEqual(model.diagram.taken, run.taken);
    const { outputs } = model.from(EPOCH, 0, model.tensor(model.values));
    near(outputs.data, values(run.without.outputs), "outputs", CLOSE);
    const losses = values(run.without.losses);
    near(model.answers(EPOCH).losses ?? [], losses, "losses", CLOSE);
    near(model.heldOut?.answers(EPOCH).losses ?? [], losses, "held out", CLOSE);
    assert.ok(whole.some((loss, i) => Math.abs(loss - losses[i]) > 0.01));
    model.diagram.toggle(1, 0);
    assert.equal(model.diagram.isTaken(1, 0), false);
    model.diagram.take({});
    assert.deepEqual(Array.from(model.answers(EPOCH).losses ?? []), whole);
    model.diagram.toggle(run.diagram.columns.length - 1, 0); // of the last layer none can be taken away
    assert.equal(model.diagram.key, "");
  });

  test(`neurons of run ${number} have NumPy's sums and sides`, () => {
    const model = opened(run);
    const units = run.neurons.flatMap((/** @type {any} */ layer) =>
      layer.units.map((/** @type {any} */ { number: unit }) => ({ layer, unit })),
    );
    assert.equal(units.length, run.thresholds.length);
    units.forEach((/** @type {any} */ { layer, unit }, /** @type {number} */ place) => {
      const neuron = neuronOf(model, looking(layer, unit));
      const expected = run.thresholds[place];
      assert.ok(neuron);
      assert.equal(neuron.unit.number, unit);
      const z = zOf(model, EPOCH, neuron);
      near(z, values(expected.z), "z", CLOSE);
      near(neuron.unit.sum_limits, expected.sum_limits, "limits", CLOSE);
      assert.equal(neuron.unit.speaks_for, expected.speaks_for);
      const { above, below, right } = sidesOf(z, model.labels, neuron.unit.speaks_for);
      const groups = expected.above.length;
      assert.deepEqual([above.slice(0, groups), below.slice(0, groups)], [expected.above, expected.below]);
      if (groups > 1) assert.equal(right, expected.right);
    });
  });
}

test("heat maps are the activations over the input plane", () => {
  for (const run of oracle.runs.filter((/** @type {any} */ each) => each.pictures)) {
    const model = opened(run);
    const { side } = model.diagram;
    assert.equal(side, 24);
    const [inputs, hidden, output] = model.diagram.pictures(EPOCH);
    near(hidden.values, values(run.pictures[0]), "hidden", CLOSE);
    near(
      Array.from({ length: side }, (_, i) => inputs.values[side * side + side * i]),
      Array.from({ length: side }, (_, i) => -2.5 + (5 * i) / (side - 1)),
      "second input",
      CLOSE,
    );
    if (output.kind === "signed") near(output.values, values(run.pictures[1]), "output", CLOSE);
    if (run.task.kind === "binary") {
      const regions = model.diagram.regions(EPOCH);
      assert.ok(regions);
      const p = values(run.pictures[1]).map((each) =>
        run.task.from_logits ? 1 / (1 + Math.exp(-each)) : each,
      );
      near(
        regions.highest,
        p.map((each) => Math.max(each, 1 - each)),
        "regions",
        CLOSE,
      );
    }
  }
});

test("a unit's line is where its z is 0", () => {
  const { diagram } = opened(deep);
  for (const column of [1, 2]) {
    const lines = [0, 3, 5].flatMap((unit) =>
      diagram.lines(EPOCH, column, unit, /** @type {any} */ (LIMITS)).map((line) => ({ unit, line })),
    );
    assert.ok(lines.length);
    for (const { unit, line } of lines) {
      /** @type {number[]} */
      const z = [];
      diagram.run.network.evaluate(diagram.weightsAt(EPOCH), diagram.run.tensor(line), {
        last: column - 1,
        visit: (position, each) =>
          position === column - 1 && z.push(...each.data.filter((_, i) => i % 16 === unit)),
      });
      assert.ok(
        z.every((each) => Math.abs(each) < (column === 1 ? 1e-4 : 0.02)),
        `${z}`,
      );
    }
  }
});

test("mean sizes of activations, and units that are dead or saturated", () => {
  const model = opened(oracle.runs[2], buffer.slice(0)); // relu, whose weights are changed here
  const { diagram } = model;
  const a = model.activations(0, "layer 0");
  const sizes = diagram.sizes(0)[1];
  near(
    sizes,
    [0, 1, 2].map(
      (unit) => a.filter((_, i) => i % 3 === unit).reduce((sum, each) => sum + each, 0) / model.n,
    ),
    "sizes",
    CLOSE,
  );
  const dead = (/** @type {number} */ epoch) =>
    [0, 1, 2].map((unit) =>
      Number(model.activations(epoch, "layer 0").every((each, i) => i % 3 !== unit || each === 0)),
    );
  const kernel = diagram.run.network.layers[0].weights.bias;
  model.whole(kernel).fill(-50, 3, 5); // of the second snapshot, two of three
  assert.deepEqual([...diagram.states(1.75)[1]], [1, 1, 0]);
  assert.deepEqual(dead(1), [1, 1, 0]);
  assert.deepEqual([...diagram.states(0.99)[1]], dead(0));
});

test("the strength of a neuron is its share of the activation's range", () => {
  const model = opened(narrow);
  const neuron = neuronOf(model, looking(narrow.neurons[0], 2));
  assert.ok(neuron);
  const { size, values: strength } = strengthOf(model, EPOCH, neuron, /** @type {any} */ (LIMITS));
  const { w, b } = weightsOf(model, EPOCH, neuron);
  const corner = (1 + Math.tanh(-2 * w[0] - 2.5 * w[1] + b)) / 2;
  near(
    [strength[0], strength[size * size - 1]],
    [corner, (1 + Math.tanh(2 * w[0] + 2.5 * w[1] + b)) / 2],
    "corners",
    CLOSE,
  );
});

test("the nearest point of a line", () => {
  near(nearestOf({ w: [3, 4], b: -10 }, [0, 0]), [1.2, 1.6]);
});

test("nodes stand apart inside their box", () => {
  const box = { left: 10, top: 5, width: 300, height: 200 };
  for (const counts of [
    [2, 16, 1],
    [2, 1],
    [4, 3, 2, 2, 2, 1],
  ]) {
    const places = placesOf(counts, box);
    places.forEach(({ side, x, y }, column) => {
      assert.ok(x - side / 2 >= 9.99 && x + side / 2 <= 310.01);
      assert.ok(y[0] - side / 2 >= 5 && y[y.length - 1] + side / 2 <= 205);
      y.slice(1).forEach((each, i) => assert.ok(each - y[i] >= side));
      if (column) assert.ok(x - side / 2 > places[column - 1].x + places[column - 1].side / 2);
    });
  }
});
