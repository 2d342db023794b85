import assert from "node:assert/strict";
import test from "node:test";
import { epochText, percent, probability, short, roundLength } from "../src/core/numbers.js";

test("three digits, as short as they can be", () => {
  assert.deepEqual([0, 1, 1000, 0.1, 0.00937, -0.25, 12345, 3.2e-7, NaN, Infinity].map(short), [
    "0",
    "1",
    "1000",
    "0.1",
    "0.00937",
    "−0.25",
    "12300",
    "3.2×10⁻⁷",
    "not finite",
    "not finite",
  ]);
});

test("what is almost one is not told as one", () => {
  assert.deepEqual([0.99962, -0.9999999, 1, 0.9994].map(short), ["0.9996", "−0.9999", "1", "0.999"]);
});

test("a probability is never rounded to a certainty it has not", () => {
  assert.deepEqual([0, 1e-9, 0.5, 0.9999, 1, NaN].map(probability), [
    "0.000",
    "<0.001",
    "0.500",
    ">0.999",
    "1.000",
    "not finite",
  ]);
});

test("all but one in ten thousand are not 100%", () => {
  assert.deepEqual([0, 0.5, 0.9999, 0.995, 1].map(percent), ["0%", "50%", "99.9%", "99.5%", "100%"]);
});

test("an epoch between two has one digit, so that the counter does not jump", () => {
  assert.deepEqual([epochText(3), epochText(0.25), epochText(3, true)], ["3", "0.25", "3.0"]);
});

test("a scale bar has a round length", () => {
  assert.deepEqual([1, 1.9, 2, 4.9, 9, 0.024, 700].map(roundLength), [1, 1, 2, 2, 5, 0.02, 500]);
});
