import assert from "node:assert/strict";
import test from "node:test";

import {
  cornersOf,
  directions,
  EDGES,
  farthestFirst,
  planeInBox,
  seenPlane,
  turned,
} from "../src/core/space.js";

/** @type {import("../src/types").Range[]} */
const LIMITS = [
  [-1, 2],
  [0, 4],
  [-3, -1],
];
const dot = (/** @type {number[]} */ a, /** @type {number[]} */ b) =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);

for (const turn of /** @type {[number, number][]} */ ([
  [0, 0],
  [-35, 20],
  [170, -60],
])) {
  test(`the directions of a view are at right angles, and unit 3 points upwards: ${turn}`, () => {
    const three = directions(turn);
    three.forEach((one, i) =>
      three.forEach((other, j) => assert.ok(Math.abs(dot(one, other) - Number(i === j)) < 1e-12)),
    );
    assert.equal(three[0][2], 0);
    assert.ok(three[1][2] > 0);
  });

  test(`from every side the limits hold the box, and distances are those in space: ${turn}`, () => {
    const { centre, axes, limits } = seenPlane(/** @type {any} */ ({ unit_limits: LIMITS }), turn);
    const away = directions(turn)[2];
    for (const corner of cornersOf(LIMITS)) {
      const from = corner.map((value, unit) => value - centre[unit]);
      const seen = axes.map((axis) => dot(axis, from));
      seen.forEach((value, axis) => assert.ok(limits[axis][0] <= value && value <= limits[axis][1]));
      assert.ok(Math.abs(Math.hypot(...seen, dot(away, from)) - Math.hypot(...from)) < 1e-12);
    }
  });
}

test("seen from the front, unit 1 runs to the right; from above, unit 2 runs upwards", () => {
  const [right, up, away] = directions([0, 0]).map((each) => each.map((value) => value + 0));
  assert.deepEqual(
    [right, up, away],
    [
      [1, 0, 0],
      [0, 0, 1],
      [0, 1, 0],
    ],
  );
  assert.ok(directions([0, 85])[1][1] > 0.99);
});

test("a turn goes round and round, and tilts no further than upright", () => {
  assert.deepEqual(turned([170, 0], 20, 0), [-170, 0]);
  assert.deepEqual(turned([0, 80], 0, 30), [0, 85]);
  assert.deepEqual(turned([0, 0], -190, -100), [170, -85]);
});

test("points are drawn from far to near, as they lie along the view", () => {
  const points = [0, 1, 2, 3, 4, 5].map((i) => [Math.sin(5 * i), Math.cos(9 * i), Math.sin(8 * i + 1)]);
  for (const turn of /** @type {[number, number][]} */ ([
    [0, 0],
    [50, 35],
    [-120, -70],
  ])) {
    const [right, up] = directions([turn[0] + 90, 0]);
    const beside = Float32Array.from(points.flatMap((point) => [dot(point, right), dot(point, up)]));
    const away = directions(turn)[2];
    const depths = [...farthestFirst(turn, beside)].map((place) => dot(points[place], away));
    assert.deepEqual(
      depths,
      depths.slice().sort((a, b) => b - a),
    );
  }
});

test("a box has twelve edges, each along one unit", () => {
  const corners = cornersOf(LIMITS);
  assert.equal(EDGES.length, 12);
  for (const { unit, from, to } of EDGES) {
    const apart = corners[from].map((value, i) => corners[to][i] - value);
    assert.deepEqual(
      apart.map((value) => value !== 0),
      [0, 1, 2].map((i) => i === unit),
    );
  }
});

for (const [w, b, n] of /** @type {[number[], number, number][]} */ ([
  [[1, 0, 0], -0.5, 4],
  [[1, 1, 1], -0.5, 6],
  [[1, -2, 0.3], 2, 4],
  [[4, 1, 1], 6.5, 3],
  [[1, 1, 1], 20, 0],
])) {
  test(`a plane in a box lies on both, and goes round: ${w} ${b}`, () => {
    const corners = planeInBox(LIMITS, w, b);
    assert.equal(corners.length, n);
    const middle = [0, 1, 2].map((axis) => corners.reduce((sum, corner) => sum + corner[axis] / n, 0));
    corners.forEach((corner, i) => {
      assert.ok(Math.abs(dot(w, corner) + b) < 1e-9);
      corner.forEach((value, unit) => assert.ok(value >= LIMITS[unit][0] && value <= LIMITS[unit][1]));
      // Convex, in one sense of rotation: the next corner is always on the same side of the way from the middle.
      const [one, other] = [corner, corners[(i + 1) % n]].map((each) =>
        each.map((value, axis) => value - middle[axis]),
      );
      const cross = [0, 1, 2].map((axis) => {
        const [j, k] = [(axis + 1) % 3, (axis + 2) % 3];
        return one[j] * other[k] - one[k] * other[j];
      });
      assert.ok(dot(cross, w) > 0);
    });
  });
}
