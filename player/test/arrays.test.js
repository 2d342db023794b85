import assert from "node:assert/strict";
import test from "node:test";

import { array, floats, integers, slice } from "../src/core/arrays.js";
import { Packing, buffer, near, oracle, values } from "./oracle.js";

test("a snapshot of a quantised array is decoded as NumPy decodes it, the last code as NaN", () => {
  assert.ok(oracle.arrays.some((/** @type {any} */ { ref }) => ref.quantised.log));
  for (const { ref, values: expected } of oracle.arrays) {
    const [snapshots, n] = ref.shape;
    for (let snapshot = 0; snapshot < snapshots; snapshot++) {
      const wanted = values(expected).slice(snapshot * n, (snapshot + 1) * n);
      near(slice(buffer, ref, snapshot), wanted, `${ref.dtype} ${snapshot}`);
    }
    near(floats(buffer, ref), values(expected), ref.dtype);
  }
});

test("float32 arrays are views of the page's bytes", () => {
  const packing = new Packing();
  packing.add("uint8", [3], [1, 2, 3]);
  const ref = packing.add("float32", [2, 3], [0, 1, 2, 3, 4, 5]);
  const bytes = packing.buffer;
  assert.deepEqual(array(bytes, ref), { data: Float32Array.of(0, 1, 2, 3, 4, 5), shape: [2, 3] });
  assert.deepEqual(slice(bytes, ref, 1), Float32Array.of(3, 4, 5));
  assert.equal(slice(bytes, ref, 1).buffer, bytes);
});

test("bytes without a scale are whole numbers", () => {
  const packing = new Packing();
  const ref = packing.add("uint8", [3], [0, 7, 255]);
  assert.deepEqual(integers(packing.buffer, ref), Int32Array.of(0, 7, 255));
  assert.deepEqual(floats(packing.buffer, ref), Float32Array.of(0, 7, 255));
});
