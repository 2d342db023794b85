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

/** @param {"binary" | "multiclass" | "regression"} kind @param {number | null} label null for all samples */
export function classTitle(kind, label) {
  if (label === null) return "All samples";
  if (kind === "binary") return label ? "Positives" : "Negatives";
  return `Class ${label}`;
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
