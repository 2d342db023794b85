import assert from "node:assert/strict";
import test from "node:test";

import { numberPlaces } from "../src/view/contour_numbers.js";

const INNER = { width: 200, height: 200 };
/** @type {[(value: number) => number, (value: number) => number]} */
const SCALES = [(value) => value, (value) => 200 - value];

/** Level lines across the picture at these heights. @param {number[]} heights */
const across = (heights) =>
  heights.map((y) =>
    Float64Array.from(Array.from({ length: 40 }, (_, i) => [5 * i, y, 5 * i + 5, y]).flat()),
  );
const free = { apart: 40, value: (/** @type {[number, number]} */ _, /** @type {number} */ away) => away };

test("each line has a number on it, apart from others and from the edges", () => {
  const places = numberPlaces(across([60, 90, 120]), SCALES, INNER, free);
  assert.deepEqual(
    places.map((place) => place?.[1]),
    [140, 110, 80],
  );
  for (const one of places) {
    assert.ok(one && one[0] >= 22 && one[0] <= 178);
    for (const other of places) {
      if (one !== other && other) assert.ok(Math.hypot(one[0] - other[0], one[1] - other[1]) >= 40);
    }
  }
});

test("a line without room has none", () => {
  assert.deepEqual(numberPlaces(across([195]), SCALES, INNER, free), [null]); // below the name of the axis
  assert.deepEqual(numberPlaces([new Float64Array(0)], SCALES, INNER, free), [null]);
});

test("numbers keep away from what is drawn", () => {
  const others = [Float32Array.from(Array.from({ length: 100 }, (_, i) => [i, 60]).flat())];
  const [place] = numberPlaces(across([60]), SCALES, INNER, { ...free, others, fromOthers: 30 });
  assert.ok(place && place[0] >= 128);
});
