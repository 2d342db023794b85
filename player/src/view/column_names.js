/** The columns of a regression by name, each in its colour, in the upper right corner. */

import { columnName } from "../core/fit_words.js";
import { fitted } from "./canvas.js";

/** @import { Predictions } from "../core/fit.js" */
/** @import { Looks } from "./looks.js" */
/** @import { Panel } from "./panel.js" */

const LINE = 16; // pixels

/** @param {Panel} panel @param {Predictions} fit @param {Looks} looks */
export function nameColumns({ context, inner }, fit, looks) {
  context.font = "bold 12px system-ui, sans-serif";
  context.textAlign = "right";
  context.textBaseline = "top";
  context.lineJoin = "round";
  context.lineWidth = 3.5;
  for (let column = 0; column < fit.n && LINE * (column + 1) < inner.height; column++) {
    const text = fitted(context, columnName(fit, column), inner.width * 0.6);
    context.strokeStyle = looks.style.background;
    context.strokeText(text, inner.width - 4, 4 + LINE * column);
    context.fillStyle = looks.classColour(column);
    context.fillText(text, inner.width - 4, 4 + LINE * column);
  }
}
