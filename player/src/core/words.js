/** What things are called. */

import { say } from "./language.js";

/** @import { Plane } from "../model" */
/** @import { Journey } from "./journey.js" */

/** @param {Plane} plane */
export function planeTitle(plane) {
  return plane.layer === null
    ? say("Input plane")
    : say("Feature space of “{layer}”", { layer: plane.layer });
}

/** What a step of a layer is called; an activation has its own name. @param {string} stage */
export function stageWords(stage) {
  /** @type {Record<string, string>} */
  const words = {
    input: say("input"),
    stretch: say("stretch"),
    rotate: say("rotate"),
    shift: say("shift"),
    mix: say("mix"),
    read: say("read"),
    scale: say("scale"),
    normalise: say("normalise"),
  };
  return words[stage] ?? stage;
}

/** What is seen at a mark on the way through the layers. @param {Journey} journey @param {number} mark */
export function journeyTitle({ steps, first }, mark) {
  if (mark === 0) return first ? planeTitle(first) : stageWords("input");
  const { layer, stage } = steps[Math.ceil(mark) - 1];
  return say("“{layer}”: {what}", { layer, what: stageWords(stage) });
}

/** What each view is called, in the language that is spoken. @returns {Record<string, string>} */
export const views = () => ({
  dashboard: say("All views"),
  fit: say("Fit"),
  "feature-space": say("Feature space"),
  "decision-boundary": say("Input plane"),
  why: say("Why it bends"),
  network: say("Network"),
  step: say("Step"),
  neuron: say("Neuron"),
  units: say("Units"),
  "linear-regions": say("Linear regions"),
  probabilities: say("Probabilities"),
  losses: say("Losses"),
  curves: say("Curves"),
  trajectory: say("Path over the loss"),
  "confusion-matrix": say("Confusion matrix"),
  kernels: say("Kernels"),
  weights: say("Weights"),
  gradients: say("Gradients"),
  "gradient-flow": say("Gradient flow"),
  "unit-health": say("Unit health"),
});

/** What a logged quantity is called: a known one in words, another by its own name, as `replay/runs/loss_words.py` has it. @param {string} name */
export function metricWords(name) {
  /** @type {Record<string, string>} */
  const known = {
    loss: say("loss"),
    accuracy: say("accuracy"),
    acc: say("accuracy"),
    precision: say("precision"),
    recall: say("recall"),
  };
  return known[name] ?? name.replaceAll("_", " ");
}
