import assert from "node:assert/strict";
import test from "node:test";

import { mesh, spaced } from "../src/core/grid.js";
import { piecesOf } from "../src/core/pieces.js";
import { boundaryOf, curvedLines, firstLines, isExact, piecesAt } from "../src/core/unit_lines.js";
import { unitStates } from "../src/core/unit_states.js";
import { dense } from "./networks.js";

/** @type {[import("../src/types").Range, import("../src/types").Range]} */
const LIMITS = [
  [-2, 2],
  [-1.5, 2.5],
];
const N = 161; // points a side of the mesh that patterns are counted on

/** @param {number[]} units @param {string[]} activations @param {number} [seed] @param {any} [more] */
function momentOf(units, activations, seed = 1, more = {}) {
  const { network, weights, zAt, names } = dense(units, activations, seed);
  const task = /** @type {const} */ ({ kind: "binary", n_classes: 2, from_logits: false });
  const shown = Array.from({ length: units[1] }, (_, unit) => unit);
  return {
    zAt,
    network,
    weights,
    inputShape: [2],
    limits: LIMITS,
    task,
    units: { layers: names.slice(0, -1), shown, flat: [], longest: 1, ...more },
  };
}

/** The points of a mesh. @param {number} n @returns {number[][]} */
function places(n) {
  const [x, y] = LIMITS.map((range) => [...spaced(range, n)]);
  return y.flatMap((b) => x.map((a) => [a, b]));
}

/** The distance of a point from the nearest of some segments. @param {number[]} at @param {ArrayLike<number>} segments */
function distance([x, y], segments) {
  let least = Infinity;
  for (let i = 0; i < segments.length; i += 4) {
    const [ax, ay, dx, dy] = [
      segments[i],
      segments[i + 1],
      segments[i + 2] - segments[i],
      segments[i + 3] - segments[i + 1],
    ];
    const share = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(ax + share * dx - x, ay + share * dy - y));
  }
  return least;
}

/** Segments lie where `f` is zero, and wherever it changes its sign on a mesh there is one. @param {(at: number[]) => number} f @param {ArrayLike<number>} segments @param {number} close */
function checkZeros(f, segments, close) {
  for (let i = 0; i < segments.length; i += 2) {
    const value = f([segments[i], segments[i + 1]]);
    assert.ok(Math.abs(value) < close, `${value}`);
  }
  const points = places(41);
  const values = points.map(f);
  const step = 4 / 40;
  for (let i = 0; i + 1 < points.length; i++) {
    if (i % 41 === 40 || values[i] * values[i + 1] >= 0) continue;
    assert.ok(distance(points[i], segments) <= step, `nothing near ${points[i]}`);
  }
}

for (const [units, activations] of /** @type {[number[], string[]][]} */ ([
  [
    [2, 9, 1],
    ["relu", "sigmoid"],
  ],
  [
    [2, 16, 16, 16, 1],
    ["relu", "relu", "relu", "sigmoid"],
  ],
  [
    [2, 8, 5, 1],
    ["hard_tanh", "relu", "sigmoid"],
  ],
  [
    [2, 6, 6, 3],
    ["relu", "linear", "softmax"],
  ],
])) {
  const name = `${units.join("-")} ${activations}`;
  const moment = momentOf(units, activations, 5);
  const pieces = /** @type {import("../src/core/pieces.js").Pieces} */ (piecesAt(moment));

  test(`there is one piece for each pattern of activations: ${name}`, () => {
    const patternAt = (/** @type {number[]} */ at) =>
      moment
        .zAt(at)
        .slice(0, -1)
        .flatMap((z, layer) =>
          z.map((value) =>
            activations[layer] === "relu"
              ? Number(value > 0)
              : activations[layer] === "hard_tanh"
                ? Number(value > -1) + Number(value > 1)
                : 0,
          ),
        )
        .join("");
    const { points, rings } = pieces.cells;
    const found = new Set(
      rings.map((ring) =>
        patternAt(
          [0, 1].map(
            (axis) => ring.reduce((sum, corner) => sum + points[2 * corner + axis], 0) / ring.length,
          ),
        ),
      ),
    );
    assert.equal(found.size, rings.length);
    const counts = new Map();
    for (const at of places(N)) counts.set(patternAt(at), (counts.get(patternAt(at)) ?? 0) + 1);
    for (const [pattern, count] of counts) if (count > 3) assert.ok(found.has(pattern), pattern);
    assert.ok(rings.length >= counts.size);
  });

  test(`deeper units are zero along their lines, and nowhere else: ${name}`, () => {
    assert.equal(
      pieces.lines.length,
      units.slice(2, -1).reduce((sum, n) => sum + n, 0),
    );
    for (const { layer, unit, segments } of pieces.lines) {
      const position = moment.network.position(layer);
      checkZeros((at) => moment.zAt(at)[position][unit], segments, 1e-9);
    }
  });

  test(`the boundary is exact, and turns where a hidden unit does: ${name}`, () => {
    const multiclass = units[units.length - 1] > 1;
    const task = {
      kind: multiclass ? "multiclass" : "binary",
      n_classes: multiclass ? 3 : 2,
      from_logits: false,
    };
    const found = boundaryOf({ ...moment, task: /** @type {any} */ (task) }, pieces);
    assert.ok(found);
    const lead = (/** @type {number[]} */ at) => {
      const z = moment.zAt(at)[units.length - 2];
      const [first, second] = (multiclass ? z : [z[0], 0]).slice().sort((a, b) => b - a);
      return first - second;
    };
    for (const segment of found.segments) {
      for (const share of [0, 0.3, 1]) {
        /** @type {number[]} */
        const at = [0, 1].map((axis) => segment[axis] + share * (segment[axis + 2] - segment[axis]));
        assert.ok(lead(at) < 1e-4);
      }
    }
    if (!multiclass) {
      const z = (/** @type {number[]} */ at) => moment.zAt(at)[units.length - 2][0];
      checkZeros(
        z,
        found.segments.flatMap((segment) => [...segment]),
        1e-4,
      );
    }
    for (let i = 0; i < found.kinks.length; i += 2) {
      /** @type {number[]} */
      const at = [found.kinks[i], found.kinks[i + 1]];
      const bends = moment
        .zAt(at)
        .slice(0, -1)
        .flatMap((z, layer) =>
          z.flatMap((value) => (activations[layer] === "hard_tanh" ? [value - 1, value + 1] : [value])),
        );
      assert.ok(lead(at) < 1e-9 && Math.min(...bends.map(Math.abs)) < 1e-9);
    }
  });
}

test("a line of the first layer reaches from edge to edge, with its parallels and its direction", () => {
  const moment = momentOf([2, 6, 1], ["tanh", "sigmoid"], 2, { shown: [0, 2, 5], flat: [-1, 1], longest: 4 });
  const lines = firstLines(moment);
  assert.deepEqual(
    lines.map(({ unit }) => unit),
    [0, 2, 5],
  );
  for (const { unit, ends, flat, normal, strength } of lines) {
    const z = (/** @type {number} */ x, /** @type {number} */ y) => moment.zAt([x, y])[0][unit];
    const [across, up] = [z(1, 0) - z(0, 0), z(0, 1) - z(0, 0)];
    const length = Math.hypot(across, up);
    assert.ok(Math.abs(normal[0] - across / length) + Math.abs(normal[1] - up / length) < 1e-9);
    assert.ok(Math.abs(strength - length / 4) < 1e-9);
    for (const [level, line] of /** @type {[number, Float64Array][]} */ ([
      [0, ends],
      [-1, flat[0]],
      [1, flat[1]],
    ])) {
      checkZeros(([x, y]) => z(x, y) - level, line, 1e-9);
    }
  }
});

test("a network that curves has no pieces, but lines of its deeper units, within half a pixel", () => {
  const moment = momentOf([2, 8, 6, 1], ["tanh", "tanh", "sigmoid"], 4);
  assert.equal(isExact(moment.network), false);
  assert.equal(piecesAt(moment), null);
  const size = 64;
  const points = { data: mesh(LIMITS, size), shape: [size * size, 2] };
  const lines = curvedLines(moment, { size, points });
  assert.equal(lines.length, 6);
  const halfAPixel = 4 / 400 / 2;
  for (const { unit, segments } of lines) {
    const z = (/** @type {number[]} */ at) => moment.zAt(at)[1][unit];
    checkZeros(z, segments, Infinity);
    for (let i = 0; i < segments.length; i += 2) {
      const [x, y] = [segments[i], segments[i + 1]];
      const [across, up] = [(z([x + 1e-4, y]) - z([x, y])) / 1e-4, (z([x, y + 1e-4]) - z([x, y])) / 1e-4];
      assert.ok(Math.abs(z([x, y])) / Math.hypot(across, up) < halfAPixel);
    }
  }
});

test("what is not finite has no pieces, and no lines", () => {
  const moment = momentOf([2, 4, 1], ["relu", "sigmoid"]);
  const broken = moment.weights.map((own) => ({ ...own }));
  broken[0] = { ...broken[0], bias: { data: new Float32Array(4).fill(NaN), shape: [4] } };
  const pieces = piecesOf(moment.network, broken, [2], LIMITS);
  assert.equal(pieces?.z, null);
  assert.ok(firstLines({ ...moment, weights: broken }).every(({ ends }) => ends.length === 0));
});

test("units that answer 0 to all samples are dead, of activations that do so", () => {
  const moment = momentOf([2, 7, 1], ["relu", "sigmoid"], 3);
  const data = Float32Array.of(0.2, 0.3, -0.1, 0.9);
  const expected = moment.units.shown.filter((/** @type {number} */ unit) =>
    [
      [0.2, 0.3],
      [-0.1, 0.9],
    ].every((at) => moment.zAt(at)[0][unit] <= 0),
  );
  assert.ok(expected.length > 0 && expected.length < 7);
  assert.deepEqual([...unitStates(moment, { data, shape: [2, 2] }).dead], expected);
  const curved = momentOf([2, 7, 1], ["tanh", "sigmoid"], 3);
  assert.equal(unitStates(curved, { data, shape: [2, 2] }).dead.size, 0);
});

test("a unit that carries the signal of another is its twin, up to scale and sign", () => {
  const moment = momentOf([2, 5, 1], ["linear", "sigmoid"], 3);
  const { kernel, bias } = moment.weights[0];
  for (const input of [0, 5]) kernel.data[input + 3] = -2 * kernel.data[input]; // of unit 4 those of unit 1
  bias.data[3] = 7;
  const data = Float32Array.from({ length: 24 }, (_, i) => Math.sin(7 * i));
  assert.deepEqual([...unitStates(moment, { data, shape: [12, 2] }).twins], [[3, 0]]);
  assert.equal(unitStates(moment, { data: data.slice(0, 18), shape: [9, 2] }).twins.size, 0); // by chance
});

test("a network of very many units is not cut", () => {
  assert.equal(isExact(momentOf([2, 128, 1], ["relu", "sigmoid"]).network), true);
  assert.equal(isExact(momentOf([2, 129, 1], ["relu", "sigmoid"]).network), false);
});
