/** A run of a page, ready to be asked, however the page carries it. */

import { ArraysRun } from "./arrays_run.js";
import { Path, surfaceOf } from "./surface.js";
import { WeightsRun } from "./weights_run.js";

/** @import { PageData, RunData } from "../types" */
/** @import { RunModel } from "../model" */

/**
 * @param {PageData} page
 * @param {number} index of the run
 * @param {ArrayBuffer} buffer of `unpack`
 * @returns {RunModel}
 */
export function openRun(page, index, buffer) {
  const data = page.runs[index];
  const run = opened(page, data, buffer);
  const held = data.held_out;
  if (data.path) run.path = new Path(data.path, surfaceOf(page.surfaces[data.path.surface], buffer), buffer);
  if (held) run.heldOut = opened(page, heldOutOf(data, held), buffer);
  return run;
}

/**
 * The data of a run with its held-out samples in place of the others.
 *
 * @param {RunData} data @param {NonNullable<RunData["held_out"]>} held
 * @returns {RunData}
 */
function heldOutOf(data, { arrays, ...held }) {
  const own = data.arrays;
  const answers = own &&
    arrays && {
      ...own,
      ...arrays,
      planes: own.planes.map((plane, place) => ({ ...plane, points: arrays.points[place] })),
    };
  return { ...data, ...held, held_out: null, arrays: answers };
}

/** @param {PageData} page @param {RunData} run @param {ArrayBuffer} buffer @returns {RunModel} */
function opened(page, run, buffer) {
  const samples = page.samples[run.samples];
  const { network, arrays } = run;
  if (network && samples.inputs) {
    return new WeightsRun({ ...run, network }, { ...samples, inputs: samples.inputs }, buffer);
  }
  if (arrays) {
    return new ArraysRun({ ...run, arrays }, samples, buffer);
  }
  throw new Error(`Run “${run.title}” holds neither weights with inputs nor arrays.`);
}
