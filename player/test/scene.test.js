import assert from "node:assert/strict";
import test from "node:test";
import { sceneOf, trailOf } from "../src/core/scene.js";
import { SampleNumbers } from "../src/core/sample_numbers.js";

const LIMITS = [
  [-3, 3],
  [-1, 1],
];
const PLANE = { layer: "hidden", units: [1, 2] };
const POINTS = Float32Array.of(0, 0, 1, 2, -1, 1);

/** A run whose layer turns its inputs by a quarter, shifts them and halves them. */
const run = /** @type {any} */ ({
  data: { title: "", name: "", samples: 0, epochs: [0, 1, 2] },
  n: 3,
  asks: true,
  planes: [PLANE],
  limits: () => LIMITS,
  axisNames: () => ["unit 1", "unit 2"],
  points: () => POINTS,
  lines: () => null,
  regions: () => null,
  inputs: () => POINTS,
  before: (/** @type {number} */ _, /** @type {string} */ __, /** @type {Float32Array} */ inputs) => inputs,
  ask: (/** @type {number} */ epoch, /** @type {Float32Array} */ input) => ({
    points: () => input.map((value) => value * epoch),
  }),
  morph: () => ({
    stages: ["stretch", "rotate", "shift", "half"],
    move: (/** @type {Float32Array} */ points, /** @type {number} */ mark) =>
      points.map((value) => (mark > 3 ? value * (1 - (mark - 3) / 2) : value)),
  }),
});
const stage = (/** @type {number | null} */ mark) => /** @type {any} */ ({ epoch: 1, mark });

test("without a morph a plane keeps its limits", () => {
  assert.deepEqual(sceneOf(run, /** @type {any} */ (PLANE), stage(null), 1).limits, LIMITS);
  assert.deepEqual(sceneOf(run, /** @type {any} */ (PLANE), stage(4), 1).limits, LIMITS);
});

test("up to the activation both axes have one scale, and hold every sample", () => {
  for (const [mark, aspect] of [
    [0, 1],
    [1.5, 2],
    [3, 0.5],
  ]) {
    const { limits, points, morphing } = sceneOf(run, /** @type {any} */ (PLANE), stage(mark), aspect);
    const [wide, high] = limits.map(([low, top]) => top - low);
    assert.ok(morphing);
    assert.ok(Math.abs(wide / aspect - high) < 1e-9, `${wide} ${high}`);
    points.forEach((value, place) => {
      const [low, top] = limits[place % 2];
      assert.ok(value > low && value < top);
    });
  }
});

test("with the activation the limits glide to those of the feature space", () => {
  const before = sceneOf(run, /** @type {any} */ (PLANE), stage(3), 1).limits;
  const half = sceneOf(run, /** @type {any} */ (PLANE), stage(3.5), 1).limits;
  const end = sceneOf(run, /** @type {any} */ (PLANE), stage(3.999999), 1).limits;
  for (const axis of [0, 1]) {
    for (const side of [0, 1]) {
      assert.ok(Math.abs(end[axis][side] - LIMITS[axis][side]) < 1e-4);
      const middle = (before[axis][side] + LIMITS[axis][side]) / 2;
      assert.ok(Math.abs(half[axis][side] - middle) < 1e-9);
    }
  }
});

test("a probe's trail is its way through all snapshots", () => {
  const probe = { letter: "A", set: 0, sample: null, input: Float32Array.of(2, -1) };
  assert.deepEqual([...trailOf(run, /** @type {any} */ (PLANE), probe)], [0, -0, 2, -1, 4, -2]);
});

test("samples go by their numbers among all that were recorded", () => {
  const buffer = Int32Array.of(4, 9, 17).buffer;
  const positions = { at: 0, shape: [3], dtype: "int32" };
  const page = /** @type {any} */ ({ samples: [{ positions }, { positions: null }] });
  const numbers = new SampleNumbers(page, buffer);
  assert.deepEqual([numbers.of(0, 1), numbers.find(0, 17), numbers.find(0, 5)], [9, 2, -1]);
  assert.deepEqual([numbers.of(1, 1), numbers.find(1, 5)], [1, 5]);
});
