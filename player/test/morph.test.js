import assert from "node:assert/strict";
import test from "node:test";

import { morphOf, polar } from "../src/core/morph.js";
import { Network } from "../src/core/network.js";
import { Packing, near } from "./oracle.js";

const POINTS = Float32Array.of(1, 0, 0, 1, -2, 0.5);

/**
 * @param {number[]} kernel
 * @param {number[]} bias
 * @param {string | null} activation
 */
function denseMorph(kernel, bias, activation = "linear") {
  const packing = new Packing();
  const weights = {
    kernel: packing.add("float32", [1, 2, 2], kernel),
    bias: packing.add("float32", [1, 2], bias),
  };
  return morphOfLayer("Dense", weights, packing, activation);
}

/**
 * @param {string} className
 * @param {Record<string, import("../src/types").ArrayRef>} weights
 * @param {Packing} packing
 * @param {string | null} activation
 */
function morphOfLayer(className, weights, packing, activation) {
  const layer = { name: "a", class_name: className, units: 2, activation, config: {}, weights };
  const network = new Network({ layers: [layer], loss: null }, [0], packing.buffer);
  return morphOf(network, 0, network.weightsAt(0), [2]);
}

/** @param {import("../src/model").Morph | null} morph */
function there(morph) {
  assert.ok(morph);
  return morph;
}

/** @param {number} angle */
const rotation = (angle) => [Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle)];

test("a rotation neither stretches nor shifts, and goes the shorter way", () => {
  for (const angle of [0.7, -2.9, 3.1]) {
    const morph = there(denseMorph(rotation(angle), [0, 0]));
    assert.deepEqual(morph.stages, ["stretch", "rotate", "shift"]);
    near(morph.move(POINTS, 1), POINTS, "not stretched");
    const [cos, sin] = rotation(angle / 2);
    near(morph.move(POINTS, 1.5).slice(0, 4), [cos, sin, -sin, cos], "half way round");
  }
});

test("P is symmetric, R a rotation, and their product the kernel", () => {
  const kernels = [
    [1, 2, 3, 4],
    [2, -1, 0.5, 3],
    [1, 0, 0, -1],
    [0, 1, 1, 0],
    [-1, 0, 0, -1],
    [0, 0, 0, 0],
  ];
  for (const w of kernels) {
    const { stretch, angle } = polar(/** @type {any} */ (w));
    const [p00, p01, p10, p11] = stretch;
    const [cos, sin] = rotation(angle);
    assert.ok(Math.abs(p01 - p10) < 1e-12, `${w}`);
    assert.ok(p00 + p11 >= 0 && Math.abs(angle) <= Math.PI);
    const rows = [
      [p00, p01],
      [p10, p11],
    ].flatMap(([x, y]) => [x * cos - y * sin, x * sin + y * cos]);
    near(rows, w, "W", 1e-12);
  }
});

test("a mirror image turns the weaker axis round and does not rotate", () => {
  const { stretch, angle } = polar([3, 0, 0, -0.5]);
  near([...stretch, angle], [3, 0, 0, -0.5, 0], "along y", 1e-12);
});

test("whole marks are the input, the layer's z and its activation", () => {
  const [kernel, bias] = [
    [0.3, -1.7, 2.2, 0.4],
    [0.5, -0.25],
  ];
  const morph = there(denseMorph(kernel, bias, "tanh"));
  assert.deepEqual(morph.stages, ["stretch", "rotate", "shift", "tanh"]);
  const z = [0.8, -1.95, 2.7, 0.15, 1, 3.35];
  assert.deepEqual(morph.move(POINTS, 0), POINTS);
  near(morph.move(POINTS, 3), z, "z");
  near(morph.move(POINTS, 2.9999999), z, "just before z", 1e-5);
  assert.deepEqual(morph.move(POINTS, 4), morph.move(POINTS, 3).map(Math.tanh));
  near(
    morph.move(POINTS, 3.25),
    z.map((value) => 0.75 * value + 0.25 * Math.tanh(value)),
    "a quarter bent",
  );
});

test("batch normalisation stretches and shifts", () => {
  const packing = new Packing();
  const weights = {
    moving_mean: packing.add("float32", [1, 2], [1, 2]),
    moving_variance: packing.add("float32", [1, 2], [4 - 1e-3, 0.25 - 1e-3]),
  };
  const morph = there(morphOfLayer("BatchNormalization", weights, packing, null));
  near(morph.move(Float32Array.of(2, 1), 1), [1, 2], "stretched");
  near(morph.move(Float32Array.of(2, 1), 3), [0.5, -2], "shifted");
});

test("a PReLU bends only", () => {
  const packing = new Packing();
  const weights = { alpha: packing.add("float32", [1, 2], [0.5, 0.25]) };
  const morph = there(morphOfLayer("PReLU", weights, packing, "prelu"));
  near(morph.move(POINTS, 3), POINTS, "not moved");
  near(morph.move(POINTS, 4), [1, 0, 0, 1, -1, 0.5], "bent");
});

test("what is not affine or not finite is not taken apart", () => {
  assert.equal(morphOfLayer("LayerNormalization", {}, new Packing(), null), null);
  assert.equal(denseMorph([1, NaN, 0, 1], [0, 0]), null);
  assert.equal(denseMorph([1, 0, 0, 1], [Infinity, 0]), null);
});
