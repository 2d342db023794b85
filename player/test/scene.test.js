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

/** A way of four steps, the second of which is no straight line. @param {(points: Float32Array, mark: number) => Float32Array} move */
function way(move) {
  const steps = ["stretch", "rotate", "shift", "half"].map((name) => ({
    layer: "hidden",
    stage: name,
    names: ["unit 1", "unit 2"],
    lens: { turns: false },
    between: name === "rotate" ? move : null,
  }));
  return {
    steps,
    length: 4,
    first: null,
    move,
    planeAt: (/** @type {number} */ mark) => (mark === 4 ? PLANE : null),
  };
}

/** A run whose layer turns its inputs by a quarter, shifts them and halves them. */
const run = /** @type {any} */ ({
  data: { title: "", name: "", samples: 0, epochs: [0, 1, 2] },
  n: 3,
  asks: true,
  planes: [PLANE],
  limits: () => LIMITS,
  follows: () => false,
  axisNames: () => ["unit 1", "unit 2"],
  points: () => POINTS,
  lines: () => null,
  regions: () => null,
  inputs: () => POINTS,
  ask: (/** @type {number} */ epoch, /** @type {Float32Array} */ input) => ({
    points: () => input.map((value) => value * epoch),
  }),
  journey: () =>
    way((points, mark) => points.map((value) => (mark > 3 ? value * (1 - (mark - 3) / 2) : value))),
});
const stage = (/** @type {number | null} */ mark) =>
  /** @type {any} */ ({ epoch: 1, mark, heldOut: () => null });

test("without a morph a plane keeps its limits, one side widened to its shape", () => {
  const plane = /** @type {any} */ (PLANE);
  assert.deepEqual(sceneOf(run, plane, stage(null), 3).limits, LIMITS);
  const [, [low, high]] = sceneOf(run, plane, stage(4), 3).limits; // and all that the layers end with
  assert.ok(low <= -1 && high >= 1.08);
  assert.deepEqual(sceneOf(run, plane, stage(null), 1).limits, [LIMITS[0], LIMITS[0]]);
});

const turning = (/** @type {Float32Array} */ points, /** @type {number} */ angle) =>
  points.map((_, at) => {
    const [x, y] = [points[at & ~1], points[at | 1]];
    return at % 2 ? x * Math.sin(angle) + y * Math.cos(angle) : x * Math.cos(angle) - y * Math.sin(angle);
  });

test("at every moment of a morph all that is shown lies inside, on one scale", () => {
  const long = Float32Array.of(-5, 0, 5, 0, 0, 1);
  const turned = {
    ...run,
    inputs: () => long,
    journey: () =>
      way((points, mark) => {
        const place = turning(points, (Math.min(Math.max(mark - 1, 0), 1) * Math.PI) / 2);
        const moved = place.map((value) => value + 9 * Math.min(Math.max(mark - 2, 0), 1));
        return moved.map((value) => value * (1 - Math.max(mark - 3, 0) * 0.9));
      }),
  };
  for (const aspect of [0.8, 1, 1.5]) {
    for (let mark = 0; mark < 4; mark += 0.125) {
      const { limits, points, morphing } = sceneOf(turned, /** @type {any} */ (PLANE), stage(mark), aspect);
      const [wide, high] = limits.map(([low, top]) => top - low);
      assert.ok(morphing);
      assert.ok(Math.abs(wide / aspect - high) < 1e-9, `${wide} ${high}`);
      points.forEach((value, place) => {
        const [low, top] = limits[place % 2];
        assert.ok(value > low && value < top, `${value} at ${mark}`);
      });
    }
  }
});

test("limits glide: they never jump, and end at those of the feature space", () => {
  const plane = /** @type {any} */ (PLANE);
  let before = sceneOf(run, plane, stage(0), 1).limits.flat();
  for (let mark = 0.01; mark < 4.005; mark += 0.01) {
    const now = sceneOf(run, plane, stage(mark), 1).limits.flat();
    now.forEach((end, place) => assert.ok(Math.abs(end - before[place]) < 0.1, `${mark}`));
    before = now;
  }
  const end = sceneOf(run, plane, stage(4), 1).limits.flat();
  before.forEach((last, place) => assert.ok(Math.abs(last - end[place]) < 1e-9));
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
