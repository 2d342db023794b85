import assert from "node:assert/strict";
import test from "node:test";

import { mesh } from "../src/core/grid.js";
import { regionLabels } from "../src/core/region_labels.js";
import { divide } from "../src/core/regions.js";

/** @typedef {import("../src/types").Range} Range */

/** @type {[Range, Range]} */
const LIMITS = [
  [0, 10],
  [0, 10],
];
const SIZE = 51;

/** @param {(x: number, y: number) => number} classOf @param {number} k */
function labelsOf(classOf, k) {
  const points = mesh(LIMITS, SIZE);
  const sure = new Float32Array(SIZE * SIZE * k);
  for (let i = 0; i < SIZE * SIZE; i++) sure[i * k + classOf(points[2 * i], points[2 * i + 1])] = 1;
  return regionLabels(divide(LIMITS, SIZE, sure, k));
}

test("a label stands in the middle of its class's largest region, and none for a class never answered", () => {
  // Class 2 has a large disc and a small one, class 0 the rest, class 1 nothing.
  const classOf = (/** @type {number} */ x, /** @type {number} */ y) =>
    Math.hypot(x - 7, y - 7) < 2 || Math.hypot(x - 2, y - 2) < 1 ? 2 : 0;
  const labels = labelsOf(classOf, 3);
  assert.deepEqual(
    labels.map(({ label }) => label),
    [0, 2],
  );
  assert.ok(Math.hypot(labels[1].x - 7, labels[1].y - 7) < 0.5);
  for (const { label, x, y, reach } of labels) {
    for (let angle = 0; angle < 6.3; angle += 0.1) {
      const away = (0.9 * reach * 10) / (SIZE - 1);
      assert.equal(classOf(x + (away * Math.cos(angle)) / 1.5, y + (away * Math.sin(angle)) / 1.5), label);
    }
  }
});

test("a bent region's label is inside it, not in its middle", () => {
  const classOf = (/** @type {number} */ x, /** @type {number} */ y) =>
    Number(Math.abs(Math.hypot(x - 5, y - 5) - 4) < 0.9);
  const [, ring] = labelsOf(classOf, 2);
  assert.equal(classOf(ring.x, ring.y), 1);
});

test("labels stand in the part of the plane that is shown", () => {
  const points = mesh(LIMITS, SIZE);
  const halves = Float32Array.from({ length: SIZE * SIZE * 2 }, (_, at) => {
    const left = points[2 * (at >> 1)] < 5;
    return Number(left === (at % 2 === 0));
  });
  const regions = divide(LIMITS, SIZE, halves, 2);
  const [first, second] = regionLabels(regions, [
    [2, 8],
    [8, 10],
  ]);
  assert.ok(first.x > 2 && first.x < 5 && first.y > 8.4 && first.y < 9.6, `${first.x}, ${first.y}`);
  assert.ok(second.x > 5 && second.x < 8 && second.y > 8.4);
});
