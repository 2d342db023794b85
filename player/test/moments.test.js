import assert from "node:assert/strict";
import test from "node:test";

import { between, momentAt, nearest } from "../src/core/moments.js";

const EPOCHS = [0, 1, 2.5, 6];

test("an epoch lies at a snapshot, between two, or at the end that it is beyond", () => {
  assert.deepEqual(momentAt(EPOCHS, 2.5), { epoch: 2.5, before: 2, after: 2, share: 0 });
  assert.deepEqual(momentAt(EPOCHS, 1.75), { epoch: 1.75, before: 1, after: 2, share: 0.5 });
  assert.deepEqual(momentAt(EPOCHS, -3), { epoch: 0, before: 0, after: 0, share: 0 });
  assert.deepEqual(momentAt(EPOCHS, 7), { epoch: 6, before: 3, after: 3, share: 0 });
  assert.deepEqual(momentAt([4], 9), { epoch: 4, before: 0, after: 0, share: 0 });
});

test("the nearest snapshot is the one that is less than half of the way off", () => {
  assert.deepEqual(
    [1.7, 1.8, 2.5].map((epoch) => nearest(momentAt(EPOCHS, epoch))),
    [1, 2, 2],
  );
});

test("what lies between two arrays is rounded as float32 is", () => {
  const [a, b, share] = [Float32Array.of(0.1, NaN, 1e38), Float32Array.of(0.7, 1, -3e38), 0.3];
  const { fround } = Math;
  const first = fround(a[0] + fround(fround(b[0] - a[0]) * fround(share)));
  assert.deepEqual(between(a, b, share), Float32Array.of(first, NaN, -Infinity));
  assert.equal(between(a, b, 0), a);
});
