/** What marks a place: a ring with a rim, and the rectangle that is dragged. */

/** @import { Looks } from "./looks.js" */

/** @param {CanvasRenderingContext2D} context @param {[number, number]} at @param {number} radius @param {Looks} looks */
export function drawRing(context, [x, y], radius, looks) {
  for (const [width, colour] of /** @type {const} */ ([
    [4.5, looks.style.background],
    [2, looks.style.ink],
  ])) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }
}

/** @param {CanvasRenderingContext2D} context @param {{ from: [number, number], to: [number, number] }} drag @param {Looks} looks */
export function drawRectangle(context, { from, to }, looks) {
  context.setLineDash([4, 3]);
  context.lineWidth = 1.2;
  context.strokeStyle = looks.style.ink;
  context.strokeRect(from[0], from[1], to[0] - from[0], to[1] - from[1]);
  context.setLineDash([]);
}

/** A probe by its letter. @param {CanvasRenderingContext2D} context @param {[number, number]} at @param {string} letter @param {Looks} looks */
export function drawProbe(context, [x, y], letter, looks) {
  context.beginPath();
  context.arc(x, y, 8, 0, 2 * Math.PI);
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = looks.style.background;
  context.stroke();
  context.fillStyle = looks.style.ink;
  context.fill();
  context.fillStyle = looks.style.background;
  context.font = "bold 11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(letter, x, y + 0.5);
}
