import assert from "node:assert/strict";
import test from "node:test";

/** @typedef {import("../src/types").Range} Range */

import { gridLines, mesh, meshSize, ofShape } from "../src/core/grid.js";

test("a mesh goes row by row from the bottom", () => {
  assert.deepEqual(
    [
      ...mesh(
        [
          [0, 1],
          [10, 30],
        ],
        2,
      ),
    ],
    [0, 10, 1, 10, 0, 30, 1, 30],
  );
  const points = mesh(
    [
      [-0.3, 0.7],
      [0, 1],
    ],
    96,
  );
  assert.equal(points[2 * 95], Math.fround(0.7));
});

test("grid lines are those of constant x, then those of constant y", () => {
  const { count, length, points } = gridLines(
    [
      [0, 2],
      [5, 6],
    ],
    2,
    3,
  );
  assert.deepEqual([count, length], [2, 3]);
  assert.deepEqual([...points.slice(0, 12)], [0, 5, 0, 5.5, 0, 6, 2, 5, 2, 5.5, 2, 6]);
  assert.deepEqual([...points.slice(12)], [0, 5, 1, 5, 2, 5, 0, 6, 1, 6, 2, 6]);
});

test("the more a point costs the coarser the mesh, within bounds", () => {
  assert.deepEqual(
    [0, 6, 217, 1000, 1e6].map((cost) => meshSize(cost)),
    [96, 96, 96, 44, 32],
  );
  assert.equal(meshSize(400, 2), Math.floor(Math.sqrt(2_000_000 / 2 / 400))); // two runs share the time
  assert.equal(meshSize(6, 3), 64);
});

test("the shorter side is widened to the shape, around its middle, unless the sides have no common unit", () => {
  /** @type {[Range, Range]} */
  const limits = [
    [0, 4],
    [-1, 1],
  ];
  assert.deepEqual(ofShape(limits, 1), [
    [0, 4],
    [-2, 2],
  ]);
  assert.deepEqual(ofShape(limits, 3), [
    [-1, 5],
    [-1, 1],
  ]);
  /** @type {[Range, Range]} */
  const ageAndIncome = [
    [20, 60],
    [0, 50_000],
  ];
  assert.equal(ofShape(ageAndIncome, 2), ageAndIncome);
});
