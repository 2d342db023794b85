import assert from "node:assert/strict";
import test from "node:test";
import { Clock } from "../src/core/clock.js";
import { Stage } from "../src/core/stage.js";

const space = (/** @type {string} */ layer, /** @type {number} */ units) => ({
  layer,
  n_units: units,
  unit: "unit",
  linear: {},
});
const SPACES = [space("wide", 8), space("first", 2), space("second", 2), space("last", 5)];
const run = /** @type {any} */ ({
  asks: true,
  data: { spaces: SPACES, units: null },
  planes: [{ layer: null }, ...SPACES.map(({ layer }) => ({ layer, units: [1, 2] }))],
});
const start = { epoch: null, runs: [0], view: null, layer: null, units: null };
const staged = (changes = {}) =>
  new Stage(
    /** @type {any} */ ({ start: { ...start, ...changes } }),
    [run, run, run, run, run],
    new Clock([0, 1], null),
  );

test("a run is shown in its last layer of two units, unless another is chosen", () => {
  const stage = staged();
  assert.equal(stage.featurePlane(run)?.layer, "second");
  stage.space = "first";
  assert.equal(stage.featurePlane(run)?.layer, "first");
});

test("units are taken in their order, where the layer has them", () => {
  const stage = staged({ units: [2, 1] });
  assert.deepEqual(stage.featurePlane(run), { layer: "second", units: [2, 1] });
  stage.units = [3, 8];
  assert.deepEqual(stage.featurePlane(run), { layer: "second", units: [1, 2] });
  stage.space = "wide";
  assert.deepEqual(stage.featurePlane(run), { layer: "wide", units: [3, 8] });
});

test("three units are seen in space, unless the reader chooses another plane", () => {
  const stage = staged();
  const spaces = [{ ...space("three", 3), linear: { pca: {} } }];
  const three = /** @type {any} */ ({ ...run, data: { spaces }, planes: [{ layer: "three", units: "pca" }] });
  assert.deepEqual(stage.featurePlane(three), { layer: "three", units: "space", turn: stage.turn });
  stage.units = "pca";
  assert.deepEqual(stage.featurePlane(three), { layer: "three", units: "pca" });
  stage.units = [3, 1];
  assert.deepEqual(stage.featurePlane(three), { layer: "three", units: [3, 1] });
  stage.units = "space";
  assert.deepEqual(stage.featurePlane(run), { layer: "second", units: [1, 2] });
});

test("of more runs than have room the one that was shown longest makes room; one stays", () => {
  const stage = staged({ runs: [3] });
  for (const index of [1, 4, 0]) stage.toggleRun(index);
  assert.deepEqual(stage.shown, [0, 1, 4]);
  for (const index of [1, 4, 0]) stage.toggleRun(index);
  assert.deepEqual(stage.shown, [0]);
});

test("a sixth probe takes the letter of the first, and a second click lets go", () => {
  const stage = staged();
  for (let sample = 0; sample < 6; sample++) stage.probe({ set: 0, sample, input: null });
  assert.deepEqual(
    stage.probes.map(({ letter, sample }) => letter + sample),
    ["B1", "C2", "D3", "E4", "A5"],
  );
  stage.probe({ set: 0, sample: 3, input: null });
  assert.deepEqual(stage.probes.map(({ letter }) => letter).join(""), "BCEA");
});

test("lines of units are shown of a run alone with few of them, until the reader chooses", () => {
  const stage = staged();
  const withUnits = (/** @type {number} */ n) =>
    /** @type {any} */ ({ ...run, data: { ...run.data, units: { shown: [...Array(n).keys()] } } });
  const [few, many] = [withUnits(16), withUnits(17)];
  assert.deepEqual(
    [few, many, run].map((each) => stage.showsUnits(each)),
    [true, false, false],
  );
  stage.runs = [few, many, run];
  stage.show([0, 1, 2]);
  assert.equal(stage.showsUnits(few), false);
  stage.show([0]);
  stage.toggleUnits();
  assert.deepEqual(
    [few, many, run].map((each) => stage.showsUnits(each)),
    [false, false, false],
  );
  stage.toggleUnits();
  assert.deepEqual(
    [few, many, run].map((each) => stage.showsUnits(each)),
    [true, true, false],
  );
  assert.equal(stage.hasUnits, true);
  stage.view = "losses";
  assert.equal(stage.hasUnits, false);
});
