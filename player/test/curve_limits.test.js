import assert from "node:assert/strict";
import test from "node:test";
import { curveLimits } from "../src/core/curve_limits.js";

const near = (/** @type {number[]} */ found, /** @type {number[]} */ expected) =>
  found.forEach((end, at) => assert.ok(Math.abs(end - expected[at]) < 1e-12, `${found}`));

test("a loss begins at 0 on a linear axis, however far it falls", () => {
  near(curveLimits("loss", [2, 1e-6], false), [0, 2.12]);
  near(curveLimits("loss", [-1, 1], true), [-1, 1.12]);
  near(curveLimits("loss", [], false), [0, 1]);
});

test("a share ends at 1 and begins at a round floor, of several runs at its lowest", () => {
  near(curveLimits("accuracy", [0.85, 1], false), [0.792, 1.008]);
  near(curveLimits("val_accuracy", [0.3, 1], false), [0.3 - 0.028, 1.028]);
  near(curveLimits("accuracy", [0.85, 1], true), [0.841, 1.009]);
  near(curveLimits("accuracy", [0.5, 1.5], false), [0, 1.59]);
});
