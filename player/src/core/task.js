/**
 * What a network was asked, and how its outputs answer: as `replay/runs/task.py` has it.
 *
 * @typedef {import("../types").TaskData} TaskData
 * @typedef {import("./network.js").Tensor} Tensor
 */

import { activate, sigmoid } from "./activations.js";

/** The class predicted where a probability is not finite. */
export const NO_ANSWER = -1;

/**
 * Probabilities (n, n_classes) from outputs (n, units); null of a regression.
 *
 * @param {TaskData} task
 * @param {Tensor} outputs
 * @returns {Float32Array | null}
 */
export function byClass(task, outputs) {
  if (task.kind === "regression") {
    return null;
  }
  if (task.kind === "multiclass") {
    return task.from_logits
      ? activate("softmax", {}, outputs, (size) => new Float32Array(size)).data
      : outputs.data;
  }
  const units = outputs.shape[outputs.shape.length - 1];
  const n = outputs.data.length / units;
  const probabilities = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const output = outputs.data[i * units];
    const p = Math.fround(task.from_logits ? sigmoid(output) : output);
    probabilities[2 * i] = 1 - p;
    probabilities[2 * i + 1] = p;
  }
  return probabilities;
}

/**
 * What the answer follows from, and never saturates: scores (n, n_classes), of which the largest is that of the
 * likeliest class. They are logits where there are any.
 *
 * @param {TaskData} task of classes
 * @param {Tensor} outputs
 * @param {Tensor | null} logits of these outputs
 * @returns {Float32Array}
 */
export function scores(task, outputs, logits) {
  const { data, shape } = logits ?? outputs;
  if (task.kind === "multiclass") return data;
  const tie = logits || task.from_logits ? 0 : 0.5;
  const units = shape[shape.length - 1];
  const found = new Float32Array((2 * data.length) / units);
  for (let i = 0; i < found.length; i += 2) {
    found[i] = tie;
    found[i + 1] = data[(i / 2) * units];
  }
  return found;
}

/**
 * The likeliest class of each row of probabilities (n, n_classes), the first of several; NO_ANSWER where one
 * is not finite.
 *
 * @param {Float32Array} probabilities
 * @param {number} nClasses
 * @returns {Int32Array}
 */
export function predicted(probabilities, nClasses) {
  const classes = new Int32Array(probabilities.length / nClasses);
  for (let i = 0; i < classes.length; i++) {
    classes[i] = likeliest(probabilities, i * nClasses, nClasses);
  }
  return classes;
}

/**
 * @param {Float32Array} probabilities
 * @param {number} start
 * @param {number} nClasses
 */
function likeliest(probabilities, start, nClasses) {
  let best = 0;
  for (let label = 0; label < nClasses; label++) {
    const p = probabilities[start + label];
    if (!Number.isFinite(p)) {
      return NO_ANSWER;
    }
    best = p > probabilities[start + best] ? label : best;
  }
  return best;
}

/**
 * The probability of each sample's true class.
 *
 * @param {Float32Array} probabilities (n, n_classes)
 * @param {number} nClasses
 * @param {Int32Array} labels
 * @returns {Float32Array}
 */
export function ofTrueClass(probabilities, nClasses, labels) {
  return Float32Array.from(labels, (label, i) => probabilities[i * nClasses + label]);
}

/**
 * 1 where a sample is classified as labelled, else 0.
 *
 * @param {Int32Array} classes
 * @param {Int32Array} labels
 * @returns {Uint8Array}
 */
export function correct(classes, labels) {
  return Uint8Array.from(labels, (label, i) => (classes[i] === label ? 1 : 0));
}
