import assert from "node:assert/strict";
import test from "node:test";

import { nearestOfSets, nearestPoint, pointsWithin } from "../src/core/nearest.js";

const INNER = { width: 100, height: 100 };
/** Pixels: ten for each unit, from below. @type {[(value: number) => number, (value: number) => number]} */
const SCALES = [(value) => 10 * value, (value) => 100 - 10 * value];

test("the nearest point within reach is found, and none beyond it", () => {
  const points = [1, 1, 2, 1, 5, 5];
  assert.deepEqual(nearestPoint(points, SCALES, [14, 90], INNER, 10), { place: 0, distance: 4 });
  assert.deepEqual(nearestPoint(points, SCALES, [18, 93], INNER, 10)?.place, 1);
  assert.equal(nearestPoint(points, SCALES, [80, 20], INNER, 10), null);
  assert.equal(nearestPoint([NaN, 1], SCALES, [10, 90], INNER, 10), null);
});

test("a point beyond the picture is at its edge", () => {
  assert.equal(nearestPoint([30, 5], SCALES, [97, 50], INNER, 5)?.place, 0);
});

test("of several sets it is the nearest of all", () => {
  const sets = [[1, 1], [1.2, 1, 9, 9]]; // prettier-ignore
  assert.deepEqual(nearestOfSets(sets, SCALES, [10, 90], INNER, 10), { set: 0, place: 0 });
  assert.deepEqual(nearestOfSets(sets, SCALES, [12, 90], INNER, 10), { set: 1, place: 0 });
  assert.equal(nearestOfSets(sets, SCALES, [50, 50], INNER, 10), null);
});

test("a rectangle holds what lies between its corners, whichever way it is dragged", () => {
  const points = [1, 1, 5, 5, 9, 9];
  assert.deepEqual([...pointsWithin(points, SCALES, [40, 60], [95, 5])], [0, 1, 1]);
  assert.deepEqual([...pointsWithin(points, SCALES, [60, 40], [0, 100])], [1, 1, 0]);
});
