import assert from "node:assert/strict";
import test from "node:test";

import { openRun } from "../src/core/open_run.js";
import { blendedRegions, linearRegions } from "../src/core/region_arrays.js";
import { Packing, near } from "./oracle.js";

/** @typedef {import("../src/model").Plane} Plane */

/** @type {Plane} */
const PCA = { layer: "deep", units: "pca" };
const UNIT = { low: 0, high: 1 };
const LIMITS = [
  [-1, 1],
  [0, 2],
];
const SIDE = 4;

/** A left half of class 0 and a right half of class 1 that grows by a column. */
const halves = [0, 1].flatMap((snapshot) =>
  Array.from({ length: SIDE * SIDE }, (_, i) => Number(i % SIDE >= 2 - snapshot)),
);

/** A run of two classes, two snapshots at epochs 0 and 10, and three samples. */
function opened(changes = {}) {
  const packing = new Packing();
  const labels = packing.add("int32", [3], [0, 1, 1]);
  const sure = Array(2 * SIDE * SIDE).fill(Math.round(0.9 * 254));
  const regions = {
    limits: packing.add("float32", [2, 2, 2], [LIMITS, LIMITS].flat(2)),
    likeliest: packing.add("uint8", [2, SIDE, SIDE], halves),
    highest: packing.add("uint8", [2, SIDE, SIDE], sure, UNIT),
    lead: packing.add("uint8", [2, SIDE, SIDE], Array(2 * SIDE * SIDE).fill(Math.round(0.8 * 254)), UNIT),
  };
  const arrays = {
    planes: [
      {
        layer: "deep",
        units: "pca",
        points: packing.add("uint16", [2, 3, 2], [0, 0, 0, 65534, 65535, 5, 0, 65534, 0, 65534, 9, 9], {
          low: -4,
          high: 4,
        }),
        lines: packing.add("uint16", [2, 2, 1, 2, 2], Array(16).fill(0), { low: 2, high: 3 }),
        regions,
        scores: null,
      },
    ],
    input_regions: null,
    probabilities: packing.add("uint16", [2, 3], [0, 0, 65535, 65534, 65534, 0], UNIT),
    predicted: packing.add("uint8", [2, 3], [0, 0, 1, 1, 1, 0]),
    losses: packing.add("uint16", [2, 3], [0, 0, 65534, 65534, 0, 65535], {
      low: 0,
      high: Math.LN10,
      log: true,
    }),
  };
  const space = {
    layer: "deep",
    n_units: 9,
    unit_limits: [],
    unit: "unit",
    linear: {
      pca: {
        names: [{ en: "PC 1" }, { en: "PC 2" }],
        centre: [],
        axes: [],
        limits: LIMITS,
        moving_limits: null,
      },
    },
  };
  const run = {
    title: "arrays",
    samples: 0,
    epochs: [0, 10],
    task: { kind: "binary", n_classes: 2, from_logits: false },
    spaces: [space],
    network: null,
    arrays: { ...arrays, ...changes },
  };
  const samples = { inputs: null, targets: null, labels, limits: null };
  return openRun(/** @type {any} */ ({ samples: [samples], runs: [run] }), 0, packing.buffer);
}

test("values between snapshots lie between theirs, and classes are those of the nearer one", () => {
  const model = opened();
  assert.deepEqual([model.n, model.asks, model.planes], [3, false, [PCA]]);
  const answers = model.answers(4);
  near(answers.probabilities ?? [], [0.4, 0.4, NaN], "probabilities");
  near(answers.ofTrueClass ?? [], [0.6, 0.4, NaN], "of the true class");
  near(answers.losses ?? [], [1 + 0.4 * 9, 1, NaN], "losses");
  assert.deepEqual([...(answers.predicted ?? [])], [0, 0, -1]);
  assert.deepEqual([...(answers.correct ?? [])], [1, 0, 0]);
  assert.deepEqual([...(model.answers(6).predicted ?? [])], [1, 1, -1]);
  near(model.points(5, PCA), [-4, 0, -4, 4, NaN, -4 + 7 * (8 / 65534)], "points");
});

test("lines keep their shape, and epochs outside are the ends", () => {
  const model = opened();
  const lines = model.lines(-5, PCA);
  assert.deepEqual([lines?.count, lines?.length], [1, 2]);
  near(lines?.points ?? [], Array(8).fill(2), "lines");
  assert.equal(model.answers(99).epoch, 10);
});

test("the boundary moves from snapshot to snapshot, with the regions", () => {
  const model = opened();
  const boundaryAt = (/** @type {number} */ epoch) => {
    const regions = model.regions(epoch, PCA);
    assert.ok(regions);
    assert.equal(regions.boundary.length, 1);
    const across = regions.boundary[0].filter((_, i) => i % 2 === 0);
    assert.ok(across.every((x) => Math.abs(x - across[0]) < 1e-6));
    return across[0];
  };
  const column = 2 / (SIDE - 1);
  assert.ok(Math.abs(boundaryAt(0) - 0) < 1e-6);
  assert.ok(Math.abs(boundaryAt(10) + column) < 1e-6);
  const [early, late] = [boundaryAt(3), boundaryAt(7)];
  assert.ok(0 > early && early > late && late > -column, `${early} ${late}`);
  assert.equal(model.regions(3, PCA)?.likeliest[1], 0);
  assert.equal(model.regions(7, PCA)?.likeliest[1], 1);
  near([model.regions(5, PCA)?.highest[0] ?? NaN], [Math.round(0.9 * 254) / 254], "highest");
});

test("the boundary lies nearer to the class that leads by less", () => {
  const packing = new Packing();
  const columns = (/** @type {number[]} */ row) => [...row, ...row, ...row, ...row];
  const regions = {
    limits: packing.add("float32", [1, 2, 2], [0, 3, 0, 3]),
    likeliest: packing.add("uint8", [1, SIDE, SIDE], columns([0, 0, 1, 1])),
    highest: packing.add("float32", [1, SIDE, SIDE], columns([0.9, 0.9, 0.6, 0.6])),
    lead: packing.add("float32", [1, SIDE, SIDE], columns([0.8, 0.8, 0.2, 0.2])),
  };
  const moment = { epoch: 0, before: 0, after: 0, share: 0 };
  const { boundary } = blendedRegions(packing.buffer, regions, moment, 2);
  // Class 0 leads by 0.8 at x = 1 and is 0.2 behind at x = 2.
  assert.ok(
    boundary[0].every((x, i) => i % 2 === 1 || Math.abs(x - 1.8) < 1e-6),
    `${boundary[0]}`,
  );
});

test("what a page does not carry is null, and asking is an error that says why", () => {
  const model = opened();
  assert.deepEqual(
    [model.input(0), model.inputs(), model.journey(0, [0, 0]), model.pairs("deep")],
    [null, null, null, false],
  );
  assert.throws(() => model.ask(0, new Float32Array(2)), /travels as arrays/);
  assert.throws(() => model.points(0, { layer: "other", units: [1, 2] }), /“other”/);
  assert.equal(opened({ losses: null }).answers(0).losses, null);
});

test("logits that are linear in the plane have exact borders, which meet", () => {
  const maps = Float32Array.of(30, 0, 0, -30, 0, 0, 0, -20, 40);
  /** @type {import("../src/model").Regions["limits"]} */
  const limits = [
    [-4, 4],
    [-1, 5],
  ];
  const { boundary, likeliest } = linearRegions(maps, limits, 3);
  assert.deepEqual(new Set(likeliest), new Set([0, 1, 2]));
  for (const line of boundary) {
    for (let i = 0; i < line.length; i += 2) {
      const scores = [30 * line[i], -30 * line[i], 40 - 20 * line[i + 1]].sort((a, b) => b - a);
      assert.ok(scores[0] - scores[1] < 1e-4, `${scores}`);
    }
  }
});
