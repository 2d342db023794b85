/** What things are called. */

/** @import { Plane } from "../model" */

/** @param {number} count @param {string} noun */
export function quantity(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** @param {Plane} plane */
export function planeTitle(plane) {
  return plane.layer === null ? "Input plane" : `Feature space of “${plane.layer}”`;
}

export const VIEWS = /** @type {const} */ ({
  dashboard: "All views",
  "feature-space": "Feature space",
  "decision-boundary": "Input plane",
  probabilities: "Probabilities",
  losses: "Losses",
  curves: "Curves",
  "confusion-matrix": "Confusion matrix",
  kernels: "Kernels",
  weights: "Weights",
  gradients: "Gradients",
  "gradient-flow": "Gradient flow",
  "unit-health": "Unit health",
});
