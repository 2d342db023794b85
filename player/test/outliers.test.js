import assert from "node:assert/strict";
import test from "node:test";
import { outlier } from "../src/core/outliers.js";

test("an arrow stands at the edge and points to where the sample is", () => {
  const right = Math.PI / 2;
  assert.equal(outlier(5, 5, 10, 20), null);
  assert.deepEqual(outlier(40, 5, 10, 20), { at: [10, 5], angle: 0 });
  assert.deepEqual(outlier(-1, 5, 10, 20), { at: [0, 5], angle: 2 * right });
  assert.deepEqual(outlier(5, 21, 10, 20), { at: [5, 20], angle: right });
  assert.deepEqual(outlier(5, -3, 10, 20), { at: [5, 0], angle: -right });
  assert.deepEqual(outlier(11, -30, 10, 20), { at: [10, 0], angle: -right });
  assert.deepEqual(outlier(Infinity, 5, 10, 20), { at: [10, 5], angle: 0 });
  assert.equal(outlier(NaN, 5, 10, 20), null);
});
