import assert from "node:assert/strict";
import { test } from "node:test";
import { isolated, leftToRight } from "../src/core/direction.js";
import { letters } from "../src/core/letters.js";

test("a letter has its signs with it", () => {
  assert.deepEqual(letters("क्षत्रिय"), ["क्ष", "त्रि", "य"]);
  assert.deepEqual(letters("👩\u200d👧é"), ["👩\u200d👧", "é"]);
});

test("names from right to left are set apart, others stay what they are", () => {
  assert.equal(isolated("hidden"), "hidden");
  assert.equal(isolated("קטה"), "\u2068קטה\u2069");
  assert.equal(leftToRight("epoch 2: “hidden” 3"), "epoch 2: “hidden” 3");
  assert.equal(leftToRight("“קטה” 3 of “a”"), "\u200e“\u2068קטה\u2069” 3 of “a”");
});
