/** What units and inputs are called. */

import { say } from "./language.js";

/** @import { RunModel } from "../model" */

/** A letter with a number, which is counted from 0, below. @param {string} letter @param {number} place */
export function symbol(letter, place) {
  return letter + [...String(place + 1)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
}

/** The name of an input, else its symbol. @param {RunModel} run @param {number} place */
export function inputName(run, place) {
  return run.data.names.inputs[place] || symbol("x", place);
}

/** "unit 2 of “hidden”"; numbers are counted from 1. @param {string} layer @param {number} unit */
export function unitName(layer, unit) {
  return say("unit {unit} of “{layer}”", { unit, layer });
}

const LISTED = 4; // units; of more, their number

/** What is taken away. @param {import("./diagram.js").Taken} taken @returns {string[]} */
export function takenWords(taken) {
  return Object.entries(taken).map(([layer, units]) => {
    const [unit] = units;
    if (units.length === 1) return say("without unit {unit} of “{layer}”", { unit, layer });
    if (units.length > LISTED) return say("without {n} units of “{layer}”", { n: units.length, layer });
    return say("without units {units} of “{layer}”", { units: units.join(", "), layer });
  });
}
