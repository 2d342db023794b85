/**
 * What classes and inputs are called: by their names, where the run knows them, as `replay/runs/names.py` has it.
 *
 * @typedef {import("../types").RunData} RunData
 */

import { say } from "./language.js";
import { metricWords } from "./words.js";

const NUMBER = /^[+-]?\d+(\.\d+)?$/; // a name that needs the word "class" before it

/** The name of a class, else its number: where room is short. @param {RunData} run @param {number} label */
export function classNumber({ names }, label) {
  return names.short[label] || String(label);
}

/** "Adelie", or "class 2". @param {RunData} run @param {number} label */
export function classWord(run, label) {
  const name = classNumber(run, label);
  return isWord(run, label) ? name : say("class {name}", { name });
}

/** "Adelie", "Class 2" or, of two without names, "Positives". @param {RunData} run @param {number | null} label null for all samples */
export function classTitle(run, label) {
  if (label === null) return say("All samples");
  if (isWord(run, label)) return classNumber(run, label);
  if (run.task.kind === "binary" && !run.names.classes.some(Boolean))
    return label ? say("Positives") : say("Negatives");
  return say("Class {name}", { name: classNumber(run, label) });
}

/**
 * A metric as a title. One that was logged for each class, as "f1_score_2", has the class's name; Keras numbers the
 * second metric of a kind from 1 on: "auc", "auc_1".
 *
 * @param {RunData} run @param {string} metric
 */
export function metricTitle(run, metric) {
  const [, base, number] = metric.match(/^(.+)_(\d+)$/) ?? [];
  const ofClass = base && run.curves.some(({ name }) => name === `${base}_0`) && isWord(run, Number(number));
  const words = ofClass
    ? say("{metric} of {name}", { metric: metricWords(base), name: classNumber(run, Number(number)) })
    : metricWords(metric);
  return words.replace(/^./, (first) => first.toUpperCase());
}

/** The name as its maker gave it, or nothing. @param {RunData} run @param {number} label */
export function fullName({ names }, label) {
  return names.classes[label] || "";
}

/** Whether any class is called by a word. @param {RunData} run */
export function haveWords(run) {
  return run.names.classes.some((_, label) => isWord(run, label));
}

/** Whether a class is called by a word. @param {RunData} run @param {number} label */
function isWord({ names }, label) {
  const name = names.classes[label];
  return Boolean(name) && !NUMBER.test(name);
}

/**
 * The run that tells what classes are called, of several that are shown: without names where they differ.
 *
 * @param {RunData[]} runs
 * @returns {RunData}
 */
export function namedTogether(runs) {
  const [first] = runs;
  const alike = runs.every(({ names }) => String(names.classes) === String(first.names.classes));
  return alike ? first : { ...first, names: { ...first.names, classes: [], short: [] } };
}
