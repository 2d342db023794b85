import assert from "node:assert/strict";
import test from "node:test";

import { openRun } from "../src/core/open_run.js";
import { buffer, near, oracle, Packing, values, whole } from "./oracle.js";

/** @typedef {import("../src/model").Plane} Plane */
/** @typedef {import("../src/types").Range} Range */

/** @type {Plane} */
const INPUTS = { layer: null };
/** @type {[Range, Range]} */
const LIMITS = [
  [-2, 2],
  [-2.5, 2.5],
];
/** @type {[number, number]} */
const TURN = [-35, 20];
const NUMBERS = Array.from({ length: 16 }, (_, i) => i);
const AXES = [NUMBERS.map(Math.sin), NUMBERS.map(Math.cos)];
const CENTRE = NUMBERS.map((i) => i / 20);

/**
 * A space for every layer of two units or more but the last, with principal components where there are 16.
 *
 * @param {any} layer
 */
function space(layer) {
  const limits = Array.from({ length: layer.units }, (_, unit) => [-1 - unit, 1 + unit]);
  const pca = {
    names: [{ en: "PC 1" }, { en: "PC 2" }],
    centre: CENTRE,
    axes: AXES,
    limits: LIMITS,
    moving_limits: null,
  };
  const linear = layer.units === 16 ? { pca } : {};
  return {
    layer: layer.name,
    n_units: layer.units,
    activation: "tanh",
    unit_limits: limits,
    moving_limits: null,
    linear,
  };
}

/** @param {any} run */
function opened(run) {
  const { epochs, task, network, inputs, targets, labels } = run;
  const data = { name: "run", title: "run", samples: 0, epochs, task, network, arrays: null };
  const spaces = network.layers.slice(0, -1).map(space);
  const page = { samples: [{ inputs, targets, labels, limits: LIMITS }], runs: [{ ...data, spaces }] };
  return openRun(/** @type {any} */ (page), 0, buffer);
}

const [deep, , , , regression] = oracle.runs;

for (const run of oracle.runs) {
  const { kind, from_logits: fromLogits } = run.task;
  test(`answers of a ${kind} ${fromLogits ? "from logits" : ""} are NumPy's`, () => {
    const model = opened(run);
    for (const moment of run.moments) {
      const answers = model.answers(moment.epoch);
      near(answers.losses ?? [], values(moment.losses), "losses", 1e-5);
      if (kind === "regression") {
        assert.deepEqual([answers.probabilities, answers.predicted, answers.correct], [null, null, null]);
        continue;
      }
      const ofTrueClass = values(moment.of_true_class);
      const ofClass1 = values(moment.by_class).filter((_, i) => i % 2);
      near(answers.ofTrueClass ?? [], ofTrueClass, "of the true class");
      near(answers.probabilities ?? [], kind === "binary" ? ofClass1 : ofTrueClass, "probabilities");
      assert.deepEqual([...(answers.predicted ?? [])], whole(moment.predicted));
      assert.deepEqual([...(answers.correct ?? [])], whole(moment.correct));
      near(model.ask(moment.epoch, values(run.inputs)).byClass ?? [], values(moment.by_class), "asked");
    }
  });
}

test("the planes are the inputs' own and one of each layer", () => {
  const model = opened(deep);
  assert.deepEqual(model.planes, [
    INPUTS,
    { layer: "layer 0", units: "pca" },
    { layer: "layer 1", units: "pca" },
    { layer: "layer 2", units: [1, 2] },
  ]);
  assert.deepEqual(
    ["layer 0", "layer 2"].map((layer) => model.pairs(layer)),
    [true, false],
  );
  assert.deepEqual(model.limits(INPUTS), LIMITS);
  assert.deepEqual(model.limits({ layer: "layer 0", units: "pca" }), LIMITS);
  assert.deepEqual(model.limits({ layer: "layer 0", units: [3, 2] }), [
    [-3, 3],
    [-2, 2],
  ]);
  assert.deepEqual(model.axisNames({ layer: "layer 0", units: [3, 2] }), ["tanh unit 3", "tanh unit 2"]);
  assert.throws(() => model.limits({ layer: "nowhere", units: [1, 2] }), /“nowhere”/);
});

test("a regression has no regions, but its planes, lines through its layers and its output", () => {
  const model = opened(regression);
  /** @type {Plane} */
  const hidden = { layer: "layer 0", units: [1, 2] };
  assert.deepEqual(model.planes, [INPUTS, hidden]);
  assert.equal(model.regions(0, INPUTS), null);
  assert.equal(model.regions(0, hidden), null);
  assert.equal(model.lines(0, hidden)?.points.length, 2 * 15 * 101 * 2);
});

test("points are activations of two units or along the axes", () => {
  const model = opened(deep);
  const { epoch, activations } = deep.moments[1];
  const first = values(activations["layer 0"]);
  const pair = model.points(epoch, { layer: "layer 0", units: [5, 2] });
  const plane = model.points(epoch, { layer: "layer 0", units: "pca" });
  for (let sample = 0; sample < model.n; sample++) {
    const own = first.slice(16 * sample, 16 * (sample + 1));
    near(pair.slice(2 * sample, 2 * sample + 2), [own[4], own[1]], "pair");
    const dots = AXES.map((axis) => axis.reduce((sum, value, i) => sum + value * (own[i] - CENTRE[i]), 0));
    near(plane.slice(2 * sample, 2 * sample + 2), dots, "principal components");
  }
  assert.deepEqual(model.points(epoch, INPUTS), values(deep.inputs));
  near(model.points(epoch, { layer: "layer 2", units: [1, 2] }), values(activations["layer 2"]), "two units");
});

test("what was asked for last is kept, and any question leaves it as it was", () => {
  const model = opened(deep);
  /** @type {Plane} */
  const plane = { layer: "layer 2", units: [1, 2] };
  const [answers, points, regions] = [model.answers(2), model.points(2, plane), model.regions(2, plane)];
  const kept = points.slice();
  model.ask(5, Float32Array.of(1, 1, 0, 0));
  assert.equal(model.answers(2), answers);
  assert.equal(model.points(2, plane), points);
  assert.equal(model.regions(2, plane), regions);
  assert.deepEqual(points, kept);
  assert.notEqual(model.points(3, plane), points);
});

test("the boundary of the input plane is where the network is undecided", () => {
  const model = opened(deep);
  const lines = [0, 1, 1.75, 2.5, 6].flatMap((epoch) =>
    (model.regions(epoch, INPUTS)?.boundary ?? []).map((line) => ({ epoch, line })),
  );
  assert.ok(lines.length);
  for (const { epoch, line } of lines) {
    const { byClass } = model.ask(epoch, line);
    assert.ok(byClass?.every((p) => Math.abs(p - 0.5) < 0.005));
  }
  assert.equal(model.regions(0, { layer: "layer 0", units: "pca" }), null);
});

test("regions of a layer's plane agree with the classes of the samples in it", () => {
  const model = opened(oracle.runs[3]);
  /** @type {Plane} */
  const plane = { layer: "layer 0", units: [1, 2] };
  const regions = model.regions(6, plane);
  assert.ok(regions);
  const { limits, size, likeliest } = regions;
  const points = model.points(6, plane);
  const predicted = model.answers(6).predicted;
  assert.ok(predicted);
  const cells = [...predicted].map((label, sample) => {
    const [column, row] = limits.map(([low, high], axis) =>
      Math.round(((points[2 * sample + axis] - low) / (high - low)) * (size - 1)),
    );
    const inside = [column, row].every((cell) => cell >= 0 && cell < size);
    return inside ? Number(likeliest[row * size + column] === label) : null;
  });
  const known = cells.filter((cell) => cell !== null);
  assert.ok(known.length > 5 && known.filter((right) => !right).length <= 1, `${cells}`);
});

test("units in the other order show the same plane turned", () => {
  const model = opened(deep);
  const straight = model.regions(1, { layer: "layer 2", units: [1, 2] });
  const turned = model.regions(1, { layer: "layer 2", units: [2, 1] });
  assert.ok(straight && turned);
  const { size } = straight;
  for (const [row, column] of [
    [0, 5],
    [40, 80],
    [95, 0],
  ]) {
    near([turned.highest[row * size + column]], [straight.highest[column * size + row]], "turned");
  }
});

for (const run of oracle.runs) {
  const plane = run.inputs.shape.length === 2 && run.inputs.shape[1] === 2;
  test(`the way of ${run.network.layers.length} layers ${plane ? "gives their activations" : "needs a plane"}`, () => {
    const model = opened(run);
    for (const { epoch, activations } of run.moments) {
      const journey = model.journey(epoch, TURN);
      if (!journey) return assert.ok(!plane);
      const found = [...journey.activations(values(run.inputs))];
      let compared = 0;
      journey.steps.forEach(({ layer }, number) => {
        if (layer === journey.steps[number + 1]?.layer || !activations[layer]) return;
        near(found[number + 1], values(activations[layer]), `${layer} at ${epoch}`, 1e-5);
        compared += 1;
      });
      assert.ok(compared > 0);
    }
  });
}

test("single samples are the network's inputs", () => {
  const model = opened(deep);
  assert.deepEqual(model.input(3), values(deep.inputs).slice(6, 8));
  assert.deepEqual(model.inputs(), values(deep.inputs));
});

test("a run with neither weights nor arrays says so", () => {
  const run = { title: "odd", samples: 0, network: null, arrays: null };
  const page = { samples: [{ inputs: null }], runs: [run] };
  assert.throws(() => openRun(/** @type {any} */ (page), 0, buffer), /“odd”/);
});

test("a step answers 0 or 1, its boundary is a straight line, and its loss is that of its outputs", () => {
  const packing = new Packing();
  const [right, up, bias] = [1.5, -0.7, 0.3];
  const inputs = packing.add("float32", [3, 2], [0, 0, 1, 1, -1, 2]);
  const one = packing.add("float32", [3, 1], [1, 1, 1]);
  const weights = {
    kernel: packing.add("float32", [1, 2, 1], [right, up]),
    bias: packing.add("float32", [1, 1], [bias]),
  };
  const layer = { name: "output", class_name: "Dense", units: 1, activation: "step", config: {}, weights };
  const run = {
    ...{ name: "run", title: "run", samples: 0, epochs: [0], arrays: null, spaces: [] },
    task: { kind: "binary", n_classes: 2, from_logits: false },
    network: { layers: [layer], loss: { name: "binary_crossentropy" } },
  };
  const labels = packing.add("int32", [3], [1, 1, 1]);
  const page = { samples: [{ inputs, targets: one, labels, limits: LIMITS }], runs: [run] };
  const model = openRun(/** @type {any} */ (page), 0, packing.buffer);
  const answers = model.answers(0);
  assert.deepEqual([...(answers.probabilities ?? [])], [1, 1, 0]);
  near(
    answers.losses ?? [],
    [1, 1, 0].map((p) => -Math.log(Math.min(Math.max(p, 1e-7), 1 - 1e-7))),
    "losses",
    1e-4,
  );
  const lines = model.regions(0, INPUTS)?.boundary ?? [];
  const points = lines.flatMap((line) =>
    Array.from({ length: line.length / 2 }, (_, i) => [line[2 * i], line[2 * i + 1]]),
  );
  assert.ok(points.length > 1);
  for (const [x, y] of points) assert.ok(Math.abs(right * x + up * y + bias) < 1e-4, `${x}, ${y}`);
});
