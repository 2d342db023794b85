import assert from "node:assert/strict";
import test from "node:test";

import { mesh } from "../src/core/grid.js";
import { divide } from "../src/core/regions.js";

/** @typedef {import("../src/types").Range} Range */

/** @type {[Range, Range]} */
const LIMITS = [
  [-2, 2],
  [-1, 3],
];
const SIZE = 41;

/**
 * The plane divided by what `scores` gives each class at a point.
 *
 * @param {(x: number, y: number) => number[]} scores
 */
function divided(scores) {
  const points = mesh(LIMITS, SIZE);
  const found = [];
  for (let i = 0; i < points.length; i += 2) {
    found.push(scores(points[i], points[i + 1]));
  }
  return divide(LIMITS, SIZE, Float32Array.from(found.flat()), found[0].length);
}

/** @param {Float32Array} line */
const pointsOf = (line) => Array.from({ length: line.length / 2 }, (_, i) => [line[2 * i], line[2 * i + 1]]);

test("the boundary of a disc is its circle, closed", () => {
  const { boundary, likeliest, highest } = divided((x, y) => [1 - (x * x + (y - 1) ** 2), 0]);
  assert.equal(boundary.length, 1);
  const circle = pointsOf(boundary[0]);
  assert.ok(circle.length > 40);
  for (const [x, y] of circle) {
    assert.ok(Math.abs(Math.hypot(x, y - 1) - 1) < 0.01, `${x}, ${y}`);
  }
  assert.deepEqual(circle[0], circle.at(-1));
  const middle = (SIZE * SIZE - 1) / 2;
  assert.deepEqual([likeliest[middle], highest[middle], likeliest[0]], [0, 1, 1]);
});

test("a straight boundary runs from edge to edge, and not along the edge", () => {
  for (const sign of [1, -1]) {
    const { boundary } = divided((x) => [sign * (x - 0.33), 0]);
    assert.equal(boundary.length, 1);
    const line = pointsOf(boundary[0]);
    assert.ok(line.every(([x]) => Math.abs(x - 0.33) < 1e-6));
    assert.deepEqual([line[0][1], line[line.length - 1][1]].sort(), [-1, 3]);
    assert.equal(line.length, 2 * SIZE - 1); // those on the diagonals, too
  }
});

test("a region that reaches two edges has two lines", () => {
  const { boundary } = divided((x) => [Math.abs(x) - 0.5, 0]);
  assert.equal(boundary.length, 2);
  const sides = boundary.map((line) => Math.round(line[0] * 100) / 100).sort();
  assert.deepEqual(sides, [-0.5, 0.5]);
});

test("one class all over the plane has no boundary", () => {
  assert.deepEqual(divided(() => [0.7, 0.3]).boundary, []);
  assert.deepEqual(divided(() => [0.5, 0.5]).boundary, []);
});

test("three classes meet in one point, on straight lines", () => {
  const { boundary, likeliest } = divided((x, y) => [x, -x, 1.2 - y]);
  assert.deepEqual(new Set(likeliest), new Set([0, 1, 2]));
  for (const [x, y] of boundary.flatMap(pointsOf)) {
    const [third, second, first] = [x, -x, 1.2 - y].sort((a, b) => a - b);
    assert.ok(first - second < 1e-5 && second > third - 1e-5, `${x}, ${y}: ${first} and ${second}`);
  }
  assert.equal(boundary.length, 3);
  for (const line of boundary.map(pointsOf)) {
    const ends = [line[0], line[line.length - 1]];
    assert.ok(
      ends.some(([x, y]) => Math.hypot(x, y - 1.2) < 1e-5),
      `${ends}`,
    );
  }
});

test("a class that leads at no point of the mesh has its region all the same", () => {
  const { boundary } = divided((x) => [x - 0.04, -x + 0.02, 0.015]);
  const places = boundary.flatMap(pointsOf).map(([x]) => x);
  for (const expected of [0.005, 0.055]) assert.ok(places.some((x) => Math.abs(x - expected) < 1e-5));
  assert.ok(places.every((x) => Math.min(Math.abs(x - 0.005), Math.abs(x - 0.055)) < 1e-5));
});

test("where scores bend between the points of the mesh, the boundary is refined", () => {
  const score = (/** @type {number} */ x, /** @type {number} */ y) => [
    x < 0.33 ? 4 * (x - 0.33) : x - 0.33,
    0 * y,
  ];
  const scoresOf = (/** @type {Float32Array} */ points) =>
    Float32Array.from(pointsOf(points).flatMap(([x, y]) => score(x, y)));
  const own = scoresOf(mesh(LIMITS, SIZE));
  const off = (/** @type {Float32Array[]} */ lines) =>
    Math.max(...lines.flatMap(pointsOf).map(([x]) => Math.abs(x - 0.33)));
  assert.ok(off(divide(LIMITS, SIZE, own, 2).boundary) > 0.03);
  assert.ok(off(divide(LIMITS, SIZE, own, 2, own, scoresOf).boundary) < 0.002);
});

test("logits of sure answers make straight lines, where probabilities make steps", () => {
  const logit = (/** @type {number} */ x, /** @type {number} */ y) => 900 * (x - 0.31 * y);
  const probabilities = divided((x, y) => [
    1 / (1 + Math.exp(-logit(x, y))),
    1 / (1 + Math.exp(logit(x, y))),
  ]);
  const logits = divided((x, y) => [logit(x, y), 0]);
  const off = (/** @type {Float32Array[]} */ lines) =>
    Math.max(...lines.flatMap(pointsOf).map(([x, y]) => Math.abs(x - 0.31 * y)));
  assert.ok(off(probabilities.boundary) > 0.02);
  assert.ok(off(logits.boundary) < 1e-5);
});

test("no boundary where values are not finite", () => {
  const { boundary, highest } = divided((x) => (x > 1 ? [NaN, NaN] : [x, 0]));
  assert.deepEqual(boundary, []);
  assert.ok(highest.some(Number.isNaN));
});

test("three hundred classes are told apart", () => {
  const size = 4;
  const probabilities = new Float32Array(size * size * 300);
  for (let i = 0; i < size * size; i++) probabilities[i * 300 + 284 + i] = 1;
  const { likeliest } = divide(
    [
      [0, 1],
      [0, 1],
    ],
    size,
    probabilities,
    300,
  );
  assert.deepEqual(
    [...likeliest],
    Array.from({ length: size * size }, (_, i) => 284 + i),
  );
});
