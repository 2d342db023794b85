/** What NumPy computed: oracle.json, its arrays unpacked. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { array } from "../src/core/arrays.js";
import { inflated } from "../src/core/inflate.js";

/** @typedef {import("../src/types").ArrayRef} ArrayRef */

/** @type {any} */
export const oracle = JSON.parse(readFileSync(new URL("oracle.json", import.meta.url), "utf8"));
export const buffer = await inflated(oracle.packed).arrayBuffer();

/** @param {ArrayRef} ref */
export function tensor(ref) {
  const { data, shape } = array(buffer, ref);
  return { data: Float32Array.from(data), shape };
}

/** @param {ArrayRef} ref */
export function values(ref) {
  return tensor(ref).data;
}

/** @param {ArrayRef} ref */
export function whole(ref) {
  return Array.from(array(buffer, ref).data);
}

/**
 * Each number within the tolerance, relative to those above 1; NaN and infinities alike.
 *
 * @param {ArrayLike<number>} actual
 * @param {ArrayLike<number>} expected
 * @param {string} what
 * @param {number} tolerance
 */
export function near(actual, expected, what = "", tolerance = 2e-6) {
  assert.equal(actual.length, expected.length, `${what}: length`);
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i], expected[i]];
    const close = Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
    assert.ok(close, `${what}: ${a} instead of ${b} at ${i}`);
  }
}

/** Packs arrays for the tests that make runs of their own. */
export class Packing {
  constructor() {
    /** @type {number[]} */
    this.bytes = [];
  }

  get buffer() {
    return Uint8Array.from(this.bytes).buffer;
  }

  /**
   * @param {ArrayRef["dtype"]} dtype
   * @param {number[]} shape
   * @param {number[]} numbers
   * @param {ArrayRef["quantised"]} quantised
   * @returns {ArrayRef}
   */
  add(dtype, shape, numbers, quantised = undefined) {
    const types = { float32: Float32Array, int32: Int32Array, uint16: Uint16Array, uint8: Uint8Array };
    const at = this.bytes.length;
    this.bytes.push(...new Uint8Array(types[dtype].from(numbers).buffer));
    while (this.bytes.length % 4) {
      this.bytes.push(0);
    }
    return { at, shape, dtype, ...(quantised && { quantised }) };
  }
}
