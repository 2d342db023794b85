import assert from "node:assert/strict";
import test from "node:test";

import { NAMES, activate } from "../src/core/activations.js";
import { normalCdf } from "../src/core/normal.js";
import { near, oracle, tensor, values } from "./oracle.js";

/** @param {number} size */
const fresh = (size) => new Float32Array(size);

test("the page has the activations of the catalogue, no more and no less", () => {
  const names = new Set(oracle.activations.map((/** @type {any} */ { name }) => name));
  assert.deepEqual([...names].sort(), [...NAMES].sort());
});

for (const { name, arguments: given, z, a } of oracle.activations) {
  test(`${name} of ${JSON.stringify(given)} and shape ${z.shape} is NumPy's`, () => {
    const found = activate(name, given, tensor(z), fresh);
    assert.deepEqual(found.shape, a.shape);
    near(found.data, values(a), name);
  });
}

test("what is too large for float32 is infinite", () => {
  const z = { data: Float32Array.of(89, -89), shape: [1, 2] };
  assert.equal(activate("exponential", {}, z, fresh).data[0], Infinity);
});

test("an unknown activation is named", () => {
  assert.throws(() => activate("toString", {}, { data: fresh(1), shape: [1] }, fresh), /“toString”/);
});

test("the normal distribution function keeps its digits in the tail", () => {
  // Abramowitz & Stegun 1964, tables 26.1 and 26.2.
  const known = [
    [0, 0.5],
    [1, 0.841344746068543],
    [-5, 2.8665157187919e-7],
    [-8, 6.2209605742718e-16],
  ];
  for (const [z, expected] of known) {
    assert.ok(Math.abs(normalCdf(z) / expected - 1) < 1e-8, `Φ(${z}) = ${normalCdf(z)}`);
  }
});
