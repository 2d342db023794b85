/** A run of a page, ready to be asked, however the page carries it. */

import { ArraysRun } from "./arrays_run.js";
import { WeightsRun } from "./weights_run.js";

/**
 * @param {import("../types").PageData} page
 * @param {number} index of the run
 * @param {ArrayBuffer} buffer of `unpack`
 * @returns {import("../model").RunModel}
 */
export function openRun(page, index, buffer) {
  const run = page.runs[index];
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
