import assert from "node:assert/strict";
import test from "node:test";

import { epochsOfStep, magnified, stepOf, withArrows } from "../src/core/step.js";

const PLANE = /** @type {any} */ ({ layer: "hidden", units: [1, 2] });
/** @type {[[number, number], [number, number]]} */
const LIMITS = [
  [0, 3],
  [0, 4],
]; // whose diagonal is 5

/** A run whose samples go along x by a hundredth an epoch. */
const run = /** @type {any} */ ({
  data: { epochs: [0, 2, 5], last_finite: null },
  limits: () => LIMITS,
  inputs: () => Float32Array.of(0, 0, 1, 1),
  ask: (/** @type {number} */ epoch, /** @type {Float32Array} */ inputs) => ({
    points: () => inputs.map((value, i) => (i % 2 ? value : value + epoch / 100)),
  }),
});

test("at a snapshot it is the step that led there, at the first one the step to come", () => {
  const found = [0, 0.5, 2, 2.1, 5, 9].map((epoch) => epochsOfStep(run, epoch));
  assert.deepEqual(found, [
    [0, 2],
    [0, 2],
    [0, 2],
    [2, 5],
    [2, 5],
    [2, 5],
  ]);
  const diverged = { ...run, data: { ...run.data, last_finite: 2 } };
  assert.deepEqual(epochsOfStep(diverged, 5), [0, 2]);
});

test("samples are where they were at both ends, whatever lies between", () => {
  const { start, end, times } = stepOf(run, PLANE, 3.3);
  assert.deepEqual(start, Float32Array.of(0.02, 0, 1.02, 1));
  assert.deepEqual(end, Float32Array.of(0.05, 0, 1.05, 1));
  assert.equal(times, 10); // ten times 0.03 is less than a tenth of 5, twenty times more
});

test("arrows are longer as long as nine tenths of them stay short", () => {
  const start = new Float32Array(20);
  /** @param {number[]} ways */
  const times = (ways) => magnified(start, Float32Array.from(ways.flatMap((way) => [0, way])), LIMITS);
  assert.equal(times([...new Array(9).fill(0.01), 3]), 1); // the quantile is a tenth of the way from 0.01 to 3: 0.309
  assert.equal(times(new Array(10).fill(0.24)), 2);
  assert.equal(times(new Array(10).fill(0.26)), 1);
  assert.equal(times(new Array(10).fill(1e-9)), 1000);
  assert.equal(times(new Array(10).fill(0)), 1);
  assert.equal(times(new Array(10).fill(2)), 1);
  assert.equal(times([...new Array(9).fill(0.04), NaN]), 10);
  assert.equal(times(new Array(10).fill(NaN)), 1);
});

test("of many samples ninety have an arrow, as many of each class", () => {
  const labels = Int32Array.from({ length: 1000 }, (_, i) => Number(i % 4 === 0));
  const chosen = withArrows(labels, 1000);
  assert.equal(new Set(chosen).size, 90);
  const share = chosen.filter((sample) => labels[sample]).length / 90;
  assert.ok(Math.abs(share - 0.25) < 0.02, `${share}`);
  assert.deepEqual(withArrows(null, 3), [0, 1, 2]);
  assert.deepEqual(withArrows(null, 1), [0]);
});
