import assert from "node:assert/strict";
import test from "node:test";

import { openRun } from "../src/core/open_run.js";
import { buffer, near, oracle, values } from "./oracle.js";

/** @type {any[]} */
const [hinged, two, plane, wide] = oracle.fits;
const CLOSE = 1e-5;

/** @param {any} run */
function opened(run) {
  const { epochs, task, network, inputs, targets, fit } = run;
  const data = {
    name: "run",
    title: "run",
    samples: 0,
    epochs,
    task,
    network,
    fit,
    arrays: null,
    spaces: [],
  };
  const limits = run.inputs.shape[1] === 2 ? [[-2, 2], [-2, 2]] : null; // prettier-ignore
  const page = { samples: [{ inputs, targets, labels: null, limits }], runs: [data], surfaces: [] };
  const model = openRun(/** @type {any} */ (page), 0, buffer);
  return { model, fit: /** @type {import("../src/core/fit.js").Fit} */ (model.fit) };
}

test("curves, predictions and R² are NumPy's", () => {
  for (const run of [hinged, two]) {
    const { fit } = opened(run);
    const { epoch, moment } = run;
    const curve = fit.curve(epoch);
    near(curve.x, values(moment.x), "x", CLOSE);
    near(curve.answers, values(moment.answers), "answers", CLOSE);
    near(fit.predicted(epoch), values(moment.predicted), "predicted", CLOSE);
    near([fit.r2(epoch) ?? NaN], values(run.r2), "R²", CLOSE);
  }
});

test("hinges are where z is 0, on the curve, within the picture alone", () => {
  for (const run of [hinged, two]) {
    const { fit } = opened(run);
    const { epoch, moment } = run;
    const expected = values(moment.hinges);
    const heights = values(moment.heights);
    const shown = [...expected.keys()].filter((unit) => !Number.isNaN(expected[unit]));
    const { hinges } = fit.curve(epoch);
    assert.ok(shown.length && shown.length < expected.length);
    assert.deepEqual(
      hinges.map(({ unit }) => unit),
      shown,
    );
    near(hinges.map(({ x }) => x), shown.map((unit) => expected[unit]), "hinges", CLOSE); // prettier-ignore
    hinges.forEach(({ unit, answers }) =>
      near(answers, heights.slice(unit * fit.n, (unit + 1) * fit.n), "heights", CLOSE),
    );
  }
});

test("what units add is NumPy's, of many units the strongest alone", () => {
  for (const [run, rest] of /** @type {const} */ ([
    [hinged, true],
    [two, false],
  ])) {
    const { fit } = opened(run);
    const { moment, epoch } = run;
    const terms = fit.terms(epoch);
    near(terms.x, values(moment.along), "x", CLOSE);
    near(terms.parts.flatMap((part) => [...part]), values(moment.parts), "parts", CLOSE); // prettier-ignore
    near(terms.others, values(moment.others), "others", CLOSE);
    assert.equal(terms.others.some(Boolean), rest);
    near([terms.bias], values(moment.bias), "bias", CLOSE);
    near(terms.total, values(moment.total), "total", CLOSE);
    const alone = fit.terms(epoch, terms.x.slice(70, 71));
    near(alone.parts.map(([part]) => part), terms.parts.map((part) => part[70]), "one input"); // prettier-ignore
  }
});

test("surfaces, contours and residuals are NumPy's", () => {
  const { fit } = opened(plane);
  const { epoch, moment } = plane;
  near(fit.answers(epoch, values(moment.places)), values(moment.values), "values", CLOSE);
  const [{ levels }] = fit.data.surfaces;
  const {
    lines,
    size,
    values: mesh,
  } = fit.surface(epoch, 0, levels, [
    [-2, 2],
    [-2, 2],
  ]);
  assert.equal(mesh.length, size * size);
  assert.ok(lines.some((line) => line.length));
  lines.forEach((line, level) => {
    const answers = fit.answers(epoch, Float32Array.from(line));
    near(answers, answers.map(() => levels[level]), `level ${levels[level]}`, 1e-3); // prettier-ignore
  });
  const residuals = Array.from({ length: 20 }, (_, sample) => fit.ofSample(epoch, sample, 0).residual);
  near(residuals, values(moment.residuals), "residuals", CLOSE);
  assert.deepEqual(fit.data.residuals?.largest, plane.fit.residuals.largest);
});

test("a column of several has the surface and R² of its own", () => {
  const { fit } = opened(wide);
  const { epoch, moment } = wide;
  near(fit.predicted(epoch), values(moment.predicted), "predicted", CLOSE);
  const residuals = Array.from({ length: 40 }, (_, i) => fit.ofSample(epoch, i >> 1, i % 2).residual);
  near(residuals, values(moment.residuals), "residuals", CLOSE);
  near([((fit.r2(epoch, 0) ?? NaN) + (fit.r2(epoch, 1) ?? NaN)) / 2], values(wide.r2), "R²", CLOSE);
});

test("R² of constant targets is undefined", () => {
  const { fit, model } = opened(hinged);
  /** @type {any} */ (model).targets = new Float32Array(20).fill(0.3);
  assert.equal(fit.r2(1), null);
});
