/** Canvases to draw on. */

import { letters } from "../core/letters.js";

/** @param {HTMLCanvasElement} canvas */
export function context2d(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser cannot draw: it has no 2-D canvas");
  return context;
}

/** A text that is no wider than `room` pixels, cut short where it has to be. @param {CanvasRenderingContext2D} context @param {string} text @param {number} room */
export function fitted(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  const kept = letters(text);
  while (kept.length && context.measureText(`${kept.join("")}…`).width > room) kept.pop();
  return kept.length ? `${kept.join("")}…` : "";
}
