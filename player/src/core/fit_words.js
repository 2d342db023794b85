/** A regression in words and numbers. */

import { inNumbers, listed, say, told } from "./language.js";
import { short } from "./numbers.js";

/** @import { Predictions } from "./fit.js" */
/** @import { RunModel } from "../model" */

const FAR_BELOW = -10; // an R² that matters to nobody

/** What is predicted is called, "" where it has no name. @param {Predictions} fit @param {number} column */
export const columnName = (fit, column) => told(fit.data.columns[column]);

/** R² of all columns or of one, and that of the held-out samples, in words from the longest form on. @param {RunModel} run @param {RunModel | null} held @param {number} epoch @param {number | null} [column] */
export function r2Words({ fit }, held, epoch, column = null) {
  const trained = fit?.r2(epoch, column) ?? null;
  if (trained === null) return [say("R² is undefined: the targets are constant"), say("R² undefined")];
  if (!Number.isFinite(trained)) return [];
  const other = held?.fit?.r2(epoch, column) ?? NaN;
  const values = { trained: rounded(trained), held_out: rounded(other) };
  const alone = say("R² {trained}", values);
  if (!Number.isFinite(other)) return [alone];
  return [say("R² {trained} · held out {held_out}", values), say("R² {trained} ○{held_out}", values), alone];
}

/** With two decimals, rounded down: only what is right is 1. @param {number} r2 */
function rounded(r2) {
  if (r2 < FAR_BELOW) return say("below −10");
  return inNumbers((Math.floor(r2 * 100) / 100).toFixed(2).replace("-", "−"));
}

/** What a sample should give and gives. @param {Predictions} fit @param {number} epoch @param {number} sample @param {number} column */
export function sampleWords(fit, epoch, sample, column) {
  const { target, predicted, residual } = fit.ofSample(epoch, sample, column);
  return listed([
    fit.n > 1 ? columnName(fit, column) : "",
    say("true {value}", { value: short(target) }),
    say("predicted {value}", { value: short(predicted) }),
    say("residual {value}", { value: short(residual) }),
  ]);
}

/** What is predicted where there may be no sample. @param {Predictions} fit @param {Float32Array} answers of each column */
export function answerWords(fit, answers) {
  return listed(
    Array.from(answers, (value, column) =>
      fit.n > 1
        ? say("predicted {name} {value}", { name: columnName(fit, column), value: short(value) })
        : say("predicted {value}", { value: short(value) }),
    ),
  );
}
