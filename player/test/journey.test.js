import assert from "node:assert/strict";
import test from "node:test";

import { Journey, stepsOf } from "../src/core/journey.js";
import { firstPlane, lensesOf, startOf } from "../src/core/lenses.js";
import { principalPlane, turnedTowards } from "../src/core/principal.js";
import { dense, numbers } from "./networks.js";
import { near } from "./oracle.js";

/** @type {[number, number]} */
const TURN = [-35, 20];

/** @param {number} count @param {number} seed */
function cloud(count, seed = 1) {
  const next = numbers(seed);
  return Float32Array.from({ length: count }, () => next());
}

/** @param {number[]} units @param {string[]} activations @param {any[]} [spaces] */
function journeyOf(units, activations, spaces = []) {
  const { network, weights, zAt } = dense(units, activations, 3);
  const inputShape = [units[0]];
  const chain = { network, inputShape, shapes: network.shapes(inputShape) };
  const start = startOf(chain);
  assert.ok(start !== null);
  const inputs = cloud(20 * units[0]);
  const lenses = lensesOf(chain, weights, inputs, spaces, start, TURN);
  const enter = (/** @type {Float32Array} */ values) =>
    start
      ? network.evaluate(
          weights,
          { data: values, shape: [values.length / units[0], units[0]] },
          { last: start - 1 },
        ).data
      : values;
  const steps = stepsOf(chain, weights, start, lenses);
  return { journey: new Journey(steps, firstPlane(chain, start, spaces), enter, [inputs]), inputs, zAt };
}

/** @param {Journey} journey */
const stages = ({ steps }) => steps.map(({ layer, stage }) => `${layer} ${stage}`);

test("between planes a layer is taken apart, else mixed, and the last one reads", () => {
  const { journey } = journeyOf([2, 2, 5, 2, 2, 1], ["tanh", "relu", "linear", "tanh", "tanh"]);
  const expected = [
    ["layer 0", "stretch rotate shift tanh"],
    ["layer 1", "mix relu"],
    ["layer 2", "mix"],
    ["layer 3", "stretch rotate shift tanh"],
    ["layer 4", "read tanh"],
  ].flatMap(([layer, names]) => names.split(" ").map((name) => `${layer} ${name}`));
  assert.deepEqual(stages(journey), expected);
  assert.equal(journey.length, 13);
});

test("a plane that the output makes is read, not taken apart", () => {
  assert.deepEqual(stages(journeyOf([2, 2], ["linear"]).journey), ["layer 0 read"]);
});

test("where planes end, points are the activations; between marks they go straight, or turn", () => {
  const { journey, inputs, zAt } = journeyOf([2, 2, 2, 1], ["tanh", "relu", "linear"]);
  const rows = Array.from({ length: 20 }, (_, i) => zAt([inputs[2 * i], inputs[2 * i + 1]]));
  near(journey.move(inputs, 0), inputs, "inputs");
  near(
    journey.move(inputs, 3),
    rows.flatMap(([z]) => z),
    "z",
    1e-5,
  );
  const a = rows.flatMap(([z]) => z.map(Math.tanh));
  near(journey.move(inputs, 4), a, "tanh", 1e-5);
  near(
    journey.move(inputs, 8),
    rows.flatMap(([, z]) => z.map((value) => Math.max(0, value))),
    "relu",
    1e-5,
  );
  near(
    journey.move(inputs, 3.25),
    rows.flatMap(([z]) => z.map((value) => 0.75 * value + 0.25 * Math.tanh(value))),
    "a quarter bent",
    1e-5,
  );
  const length = (/** @type {number} */ mark) => {
    const [x, y] = journey.move(inputs, mark);
    return Math.hypot(x, y);
  };
  for (const share of [0.2, 0.5, 0.9]) near([length(1 + share)], [length(1)], "a turn keeps lengths", 1e-5);
});

test("one unit is a line: its values along it, the heights of before in a band", () => {
  const { journey, inputs, zAt } = journeyOf([2, 1], ["linear"]);
  const end = journey.move(inputs, 1);
  const z = Array.from({ length: 20 }, (_, i) => zAt([inputs[2 * i], inputs[2 * i + 1]])[0][0]);
  near(
    end.filter((_, i) => i % 2 === 0),
    z,
    "values",
    1e-5,
  );
  const heights = [...end].filter((_, i) => i % 2 === 1);
  const [wide, high] = [z, heights].map((values) => Math.max(...values) - Math.min(...values));
  assert.ok(Math.abs(high / wide - 0.22) < 1e-5);
  const order = (/** @type {number[]} */ values) => [...values.keys()].sort((i, j) => values[i] - values[j]);
  assert.deepEqual(order(heights), order([...inputs].filter((_, i) => i % 2 === 1)));
});

test("a single input stands where it stands among all", () => {
  const { journey, inputs } = journeyOf([2, 5, 3, 1], ["tanh", "tanh", "linear"]);
  for (const mark of [0.5, 1, 2.3, 4, 5]) {
    near(journey.move(inputs.slice(6, 8), mark), journey.move(inputs, mark).slice(6, 8), `${mark}`, 1e-5);
  }
  near(journey.move(inputs, 99), journey.move(inputs, 5), "no farther than the end");
});

test("grid lines have the same band as samples, each in their place", () => {
  const { journey, inputs } = journeyOf([2, 1], ["linear"]);
  const lines = inputs.map((value) => 3 * value + 1);
  const both = new Journey(journey.steps, null, (values) => values, [inputs, lines]);
  const [ofSamples, ofLines] = [inputs, lines].map((points) => both.move(points, 1));
  near(both.move(inputs.slice(), 1), ofSamples, "the same inputs");
  near(both.move(lines.slice(), 1), ofLines, "the same lines");
  const heights = [...ofSamples, ...ofLines].filter((_, i) => i % 2 === 1);
  const places = [...ofSamples, ...ofLines].filter((_, i) => i % 2 === 0);
  const [high, wide] = [heights, places].map((values) => Math.max(...values) - Math.min(...values));
  assert.ok(Math.abs(high / wide - 0.22) < 1e-5);
});

test("wide inputs come in where the first plane does, or not at all", () => {
  const spaces = [{ layer: "layer 0", n_units: 2, linear: {} }];
  const { journey, inputs, zAt } = journeyOf([4, 2, 2, 1], ["tanh", "tanh", "linear"], spaces);
  assert.deepEqual(journey.planeAt(0), { layer: "layer 0", units: [1, 2] });
  assert.equal(stages(journey)[0], "layer 1 stretch");
  near(journey.move(inputs.slice(0, 4), 0), zAt([...inputs.slice(0, 4)])[0].map(Math.tanh), "enters", 1e-5);
  const { network } = dense([4, 3, 1], ["tanh", "linear"], 3);
  assert.equal(startOf({ network, inputShape: [4], shapes: [[3], [1]] }), null);
});

test("three units are seen as the page turns them", () => {
  const space = { layer: "layer 0", n_units: 3, linear: {}, unit_limits: Array(3).fill([-1, 1]) };
  const { journey, inputs, zAt } = journeyOf([2, 3, 1], ["tanh", "linear"], [space]);
  const [x, y, z] = zAt([inputs[0], inputs[1]])[0].map(Math.tanh);
  const [yaw, tilt] = TURN.map((angle) => (angle * Math.PI) / 180);
  const right = x * Math.cos(yaw) + y * Math.sin(yaw);
  const up = (y * Math.cos(yaw) - x * Math.sin(yaw)) * Math.sin(tilt) + z * Math.cos(tilt);
  near(journey.move(inputs.slice(0, 2), 2), [right, up], "seen", 1e-5);
  assert.deepEqual(journey.planeAt(2), { layer: "layer 0", units: "space", turn: TURN });
  assert.equal(journey.planeAt(1), null);
});

test("a network that is not finite is mixed, and nothing breaks", () => {
  const { network, weights } = dense([2, 2, 6, 1], ["tanh", "relu", "linear"], 3);
  weights.forEach(({ kernel }) => kernel.data.fill(NaN));
  const chain = { network, inputShape: [2], shapes: network.shapes([2]) };
  const inputs = cloud(40);
  const lenses = lensesOf(chain, weights, inputs, [], 0, TURN);
  const steps = stepsOf(chain, weights, 0, lenses);
  const journey = new Journey(steps, null, (values) => values, [inputs]);
  assert.equal(journey.steps[0].stage, "mix");
  assert.ok(journey.move(inputs, 4.5).every(Number.isNaN));
});

test("a principal plane has the directions of most variance", () => {
  const next = numbers(5);
  const along = [0.6, 0, 0.8, 0];
  const other = [0, 1, 0, 0];
  const rows = Array.from({ length: 200 }, () => {
    const [far, near_] = [9 * next(), 3 * next()];
    return along.map((value, unit) => 1 + far * value + near_ * other[unit] + 0.01 * next());
  });
  const { axes, centre } = principalPlane(Float32Array.from(rows.flat()), 4);
  for (const [axis, expected] of /** @type {const} */ ([
    [axes[0], along],
    [axes[1], other],
  ])) {
    const share = axis.reduce((sum, value, unit) => sum + value * expected[unit], 0);
    assert.ok(Math.abs(Math.abs(share) - 1) < 1e-3, `${axis}`);
  }
  centre.forEach((value, unit) =>
    assert.ok(Math.abs(value - rows.reduce((sum, row) => sum + row[unit], 0) / 200) < 1e-5),
  );
  const still = principalPlane(new Float32Array(12).fill(2), 4);
  assert.ok(still.axes.flat().every(Number.isFinite)); // nothing differs
});

test("a plane turns or mirrors within itself until its points come next to others", () => {
  const points = cloud(60);
  const plane = /** @type {any} */ ({ centre: [0, 0], axes: [[1, 0], [0, 1]] }); // prettier-ignore
  for (const [angle, side] of [
    [0.7, 1],
    [-2.5, 1],
    [1.2, -1],
    [3.1, -1],
  ]) {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const wanted = points.map((_, i) => {
      const [x, y] = [points[i & ~1], points[i | 1]];
      return i % 2 ? side * (x * sin + y * cos) : x * cos - y * sin;
    });
    const { axes } = turnedTowards(plane, points, wanted);
    const seen = points.map((_, i) => {
      const [x, y] = [points[i & ~1], points[i | 1]];
      return axes[i % 2][0] * x + axes[i % 2][1] * y;
    });
    near(seen, wanted, `${angle} ${side}`, 1e-5);
  }
});
