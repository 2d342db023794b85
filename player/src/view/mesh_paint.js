/** Numbers on a square mesh over a plane, painted in colours. */

import { context2d } from "./canvas.js";

/** @import { Range } from "../types" */

/** @typedef {[number, number, number]} Rgb */
/** @typedef {(value: number) => number} Scale */

export class MeshPaint {
  constructor() {
    this.sheet = document.createElement("canvas");
  }

  /**
   * Paint a mesh (size, size), rows from the bottom up, by the share of each number from 0 to 1; what has none is
   * painted in `other`, or not at all.
   *
   * @param {CanvasRenderingContext2D} context @param {[Scale, Scale]} scales @param {[Range, Range]} limits
   * @param {number} size @param {(at: number) => number} share @param {Rgb[]} colours (256,) @param {Rgb | null} [other]
   */
  paint(context, scales, limits, size, share, colours, other = null) {
    const { sheet } = this;
    if (sheet.width !== size) sheet.width = sheet.height = size;
    const sheetContext = context2d(sheet);
    const image = sheetContext.createImageData(size, size);
    for (let i = 0; i < size * size; i++) {
      const at = 4 * ((size - 1 - Math.floor(i / size)) * size + (i % size));
      const part = share(i);
      const colour = Number.isFinite(part)
        ? colours[Math.round(255 * Math.max(0, Math.min(1, part)))]
        : other;
      if (!colour) continue;
      for (let c = 0; c < 3; c++) image.data[at + c] = colour[c];
      image.data[at + 3] = 255;
    }
    sheetContext.putImageData(image, 0, 0);
    const [[left, right], [bottom, top]] = limits.map((range, axis) => range.map(scales[axis]));
    // The first and last points of the mesh lie on the edges, half a cell inside the image.
    const [cellX, cellY] = [(right - left) / (size - 1), (bottom - top) / (size - 1)];
    context.imageSmoothingEnabled = true;
    context.drawImage(sheet, left - cellX / 2, top - cellY / 2, right - left + cellX, bottom - top + cellY);
  }
}
