/** Canvases to draw on. */

import { letters } from "../core/letters.js";

/** @param {HTMLCanvasElement} canvas */
export function context2d(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser cannot draw: it has no 2-D canvas");
  return context;
}

/** A text that is no wider than `room` pixels, without its middle where it has to be. @param {CanvasRenderingContext2D} context @param {string} text @param {number} room */
export function withoutMiddle(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  const letters = Array.from(text);
  const cut = (/** @type {number} */ kept) => {
    const end = letters.slice(letters.length - Math.floor(kept / 2)).join("");
    return `${letters.slice(0, Math.ceil(kept / 2)).join("")}…${end.replace(/^\p{M}+/u, "")}`; // no lone accents
  };
  let kept = letters.length - 1;
  while (kept > 1 && context.measureText(cut(kept)).width > room) kept--;
  return kept > 1 ? cut(kept) : "";
}

/** A text that is no wider than `room` pixels, cut short where it has to be. @param {CanvasRenderingContext2D} context @param {string} text @param {number} room */
export function fitted(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  const kept = letters(text);
  while (kept.length && context.measureText(`${kept.join("")}…`).width > room) kept.pop();
  return kept.length ? `${kept.join("")}…` : "";
}
