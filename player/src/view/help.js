/** The dialog that tells what can be done. */

import { element } from "./dom.js";
import { say } from "../core/language.js";

/** @returns {[string, string][]} */
const keys = () => [
  [say("Space"), say("play or pause")],
  ["← →", say("one snapshot back or on")],
  [say("Home, End"), say("to the first or the last")],
  [say("M, Shift M"), say("to the next milestone, or the one before")],
  ["+ −", say("faster or slower")],
  ["L", say("play again and again")],
  ["S", say("smooth motion between snapshots")],
  ["H", say("with or without held-out samples")],
  ["U", say("with or without the lines of units")],
  ["G", say("drag selects a group by touch, too")],
  [say("Esc"), say("let go of probes and group")],
];
const ways = () => [
  say("Point at a sample to see it in every view, with its true and predicted class, probability and loss."),
  say("Click a sample, or any point of the input plane, to follow it as a probe; its way is dotted."),
  say(
    "Drag a rectangle over a plane, or over bars, to follow a group. Click a cell of the confusion matrix for its samples.",
  ),
  say(
    "A hollow marker is a held-out sample, which the training never saw; in histograms these go down from the middle.",
  ),
  say("A ring marks a misclassified sample. An arrow at the edge of a plane is a sample beyond it."),
  say(
    "Each coloured line in the input plane is where a unit of the first layer has z = 0; its arrow points to where z is positive. Dots are where the decision boundary turns.",
  ),
  say("Click or drag on a curve to go to that epoch."),
  say("Tab reaches everything. In a plane the arrow keys move a cross, Enter follows what is under it."),
  say("Three units are seen in space: drag it, or use the arrow keys, to turn it."),
  say(
    "In the network, point at a weight for its value and history, and click a unit to take it away or bring it back.",
  ),
  say(
    "In the fit of a regression, point at an input, a place or a sample for its numbers, at a band for what its unit adds.",
  ),
  say("On a path over the loss, click to go to the epoch of the nearest snapshot."),
  say("Morph takes the layers apart: what each stretches, turns, shifts and squashes."),
];

/** @param {string[]} notes what was thinned out */
export function helpDialog(notes) {
  const close = element("button", { type: "submit" }, say("Close"));
  return element(
    "dialog",
    { "aria-labelledby": "help-title" },
    element("h2", { id: "help-title" }, say("What you can do")),
    element("ul", {}, ...ways().map((way) => element("li", {}, way))),
    element(
      "dl",
      {},
      ...keys().flatMap(([key, does]) => [
        element("dt", {}, element("kbd", {}, key)),
        element("dd", {}, does),
      ]),
    ),
    ...notes.map((note) => element("p", {}, note)),
    element("form", { method: "dialog" }, close),
  );
}
