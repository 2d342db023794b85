/** The dialog that tells what can be done. */

import { element } from "./dom.js";

/** @type {[string, string][]} */
const KEYS = [
  ["Space", "play or pause"],
  ["← →", "one snapshot back or on"],
  ["Home, End", "to the first or the last"],
  ["M, Shift M", "to the next milestone, or the one before"],
  ["+ −", "faster or slower"],
  ["L", "play again and again"],
  ["S", "smooth motion between snapshots"],
  ["H", "with or without held-out samples"],
  ["G", "drag selects a group by touch, too"],
  ["Esc", "let go of probes and group"],
];
const WAYS = [
  "Point at a sample to see it in every view, with its true and predicted class, probability and loss.",
  "Click a sample, or any point of the input plane, to follow it as a probe; its way is dotted.",
  "Drag a rectangle over a plane, or over bars, to follow a group. Click a cell of the confusion matrix for its samples.",
  "A hollow marker is a held-out sample, which the training never saw; in histograms these go down from the middle.",
  "A ring marks a misclassified sample. An arrow at the edge of a plane is a sample beyond it.",
  "Click or drag on a curve to go to that epoch.",
  "Tab reaches everything. In a plane the arrow keys move a cross, Enter follows what is under it.",
  "Morph takes a layer apart: what it stretches, turns, shifts and squashes.",
];

/** @param {string[]} notes what was thinned out */
export function helpDialog(notes) {
  const close = element("button", { type: "submit" }, "Close");
  return element(
    "dialog",
    { "aria-labelledby": "help-title" },
    element("h2", { id: "help-title" }, "What you can do"),
    element("ul", {}, ...WAYS.map((way) => element("li", {}, way))),
    element(
      "dl",
      {},
      ...KEYS.flatMap(([key, does]) => [element("dt", {}, element("kbd", {}, key)), element("dd", {}, does)]),
    ),
    ...notes.map((note) => element("p", {}, note)),
    element("form", { method: "dialog" }, close),
  );
}
