/** Canvases to draw on. */

/** @param {HTMLCanvasElement} canvas */
export function context2d(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser cannot draw: it has no 2-D canvas");
  return context;
}
