import assert from "node:assert/strict";
import test from "node:test";
import { along, diverging, layerColour } from "../src/core/ramps.js";

/** @type {[number, number, number]} */
const PAPER = [255, 255, 255];

test("a ramp has its stops, and mixes between them", () => {
  /** @type {[number, number, number][]} */
  const stops = [
    [0, 0, 0],
    [100, 0, 50],
    [0, 200, 0],
  ];
  assert.deepEqual(
    [0, 0.25, 0.5, 1].map((share) => along(stops, share)),
    [
      [0, 0, 0],
      [50, 0, 25],
      [100, 0, 50],
      [0, 200, 0],
    ],
  );
});

test("a weight of 0 has the colour of the paper, negative ones are blue and positive ones red", () => {
  for (const paper of [PAPER, /** @type {[number, number, number]} */ ([18, 22, 29])]) {
    const ramp = diverging(paper);
    assert.equal(ramp.length, 256);
    assert.ok(ramp[127].every((value, c) => Math.abs(value - paper[c]) <= 4));
    assert.ok(ramp[40][2] > ramp[40][0] && ramp[215][0] > ramp[215][2]);
  }
});

test("layers are coloured by depth, darker ones first on light paper", () => {
  assert.equal(layerColour(0, PAPER), "rgb(68 1 84)");
  assert.notEqual(layerColour(1, PAPER), layerColour(1, [0, 0, 0]));
});
