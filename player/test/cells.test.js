import assert from "node:assert/strict";
import test from "node:test";

import { cut, placesOf, slope, within, zeroEdges } from "../src/core/cells.js";
import { numbers } from "./networks.js";

/** @type {[import("../src/types").Range, import("../src/types").Range]} */
const LIMITS = [
  [-2, 1],
  [-1, 3],
];

/** Values of x·kernel + bias at the corners of cells. @param {number[]} points @param {number[]} line */
const along = (points, [a, b, c]) =>
  Array.from({ length: points.length / 2 }, (_, i) => a * points[2 * i] + b * points[2 * i + 1] + c);

/** Seven random lines, and the rectangle cut along them. @param {number} seed */
function divided(seed) {
  const next = numbers(seed);
  const lines = Array.from({ length: 7 }, () => [next(), next(), next()]);
  let cells = within(LIMITS);
  let carried = lines.map((line) => along(cells.points, line));
  for (let unit = 0; unit < lines.length; unit++) {
    const found = cut(cells, carried[unit], carried);
    [cells, carried] = [found.cells, found.carried];
  }
  return { lines, cells, carried };
}

/** @param {number[]} points @param {number[]} ring */
function areaOf(points, ring) {
  return ring.reduce((sum, corner, i) => {
    const next = ring[(i + 1) % ring.length];
    return sum + (points[2 * corner] * points[2 * next + 1] - points[2 * next] * points[2 * corner + 1]) / 2;
  }, 0);
}

/** @param {number[]} points @param {number[]} ring */
const middleOf = (points, ring) =>
  [0, 1].map((axis) => ring.reduce((sum, corner) => sum + points[2 * corner + axis], 0) / ring.length);

for (const seed of [1, 2, 3, 4]) {
  test(`there is one cell for each pattern of signs, of its area: ${seed}`, () => {
    const { lines, cells } = divided(seed);
    const patternAt = (/** @type {number[]} */ [x, y]) =>
      lines.map(([a, b, c]) => Number(a * x + b * y + c > 0)).join("");
    const areas = new Map(
      cells.rings.map((ring) => [patternAt(middleOf(cells.points, ring)), areaOf(cells.points, ring)]),
    );
    assert.equal(areas.size, cells.rings.length);
    const n = 500;
    const counts = new Map();
    for (let i = 0; i < n * n; i++) {
      const pattern = patternAt([-2 + (3 * ((i % n) + 0.5)) / n, -1 + (4 * (Math.floor(i / n) + 0.5)) / n]);
      counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
    }
    for (const [pattern, count] of counts) if (count > 3) assert.ok(areas.has(pattern), pattern);
    for (const [pattern, area] of areas)
      assert.ok(Math.abs(area - (12 * (counts.get(pattern) ?? 0)) / (n * n)) < 0.02, pattern);
  });

  test(`corners are shared, and what they carry is exact: ${seed}`, () => {
    const { lines, cells, carried } = divided(seed);
    lines.forEach((line, unit) => {
      along(cells.points, line).forEach((value, i) => assert.ok(Math.abs(value - carried[unit][i]) < 1e-12));
      const [a, b] = slope(cells, cells.rings[0], carried[unit]);
      assert.ok(Math.abs(a - line[0]) < 1e-6 && Math.abs(b - line[1]) < 1e-6);
    });
    const edges = new Set(
      cells.rings.flatMap((ring) =>
        ring.map((corner, i) => [corner, ring[(i + 1) % ring.length]].sort().join()),
      ),
    );
    assert.equal(cells.points.length / 2 - edges.size + cells.rings.length, 1); // Euler
  });
}

test("a line through corners cuts from corner to corner, and a second time not at all", () => {
  const cells = within([
    [0, 1],
    [0, 1],
  ]);
  const diagonal = along(cells.points, [1, -1, 0]);
  const found = cut(cells, diagonal, []);
  assert.equal(found.cells.rings.length, 2);
  assert.deepEqual([...placesOf(found.cells, zeroEdges(found))], [0, 0, 1, 1]);
  const again = cut(found.cells, diagonal, []);
  assert.equal(again.cells.rings.length, 2);
  assert.deepEqual(zeroEdges(again), zeroEdges(found));
});

test("what is zero everywhere or nowhere has no line, and rounding cuts no slivers", () => {
  const cells = within(LIMITS);
  for (const values of [
    [0, 0, 0, 0],
    [1, 2, 3, 4],
    [1e-13, 1, 1, -1e-13],
  ]) {
    const found = cut(cells, values, []);
    assert.equal(found.cells.rings.length, 1);
  }
  assert.deepEqual(zeroEdges(cut(cells, [0, 0, 0, 0], [])), []);
});
