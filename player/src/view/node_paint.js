/** The pictures of a diagram's nodes as pixels, as `replay/drawing/artists/nodes.py` has them. */

import { diverging } from "../core/ramps.js";
import { context2d } from "./canvas.js";
import { rgb } from "./looks.js";

/** @import { Pictures } from "../core/diagram.js" */
/** @import { Regions } from "../model" */
/** @import { Looks } from "./looks.js" */

const STRONGEST = 0.74; // of the colours' range, so that edges and words stand out beside the pictures
const SURE = 0.85; // of the colour of a class

/** Red, green and blue as one pixel. @param {number[]} colour */
const pixel = ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r;

export class NodePaint {
  constructor() {
    this.sheet = document.createElement("canvas");
    this.context = context2d(this.sheet);
    this.paper = "";
    /** @type {Int32Array} */
    this.ramp = new Int32Array(256);
  }

  /** The colours of negative and of positive numbers. @param {Looks} looks @returns {[string, string]} */
  ends(looks) {
    const ramp = diverging(rgb(looks.style.background));
    return [`rgb(${ramp[40].join(" ")})`, `rgb(${ramp[215].join(" ")})`];
  }

  /** @param {Looks} looks */
  follow(looks) {
    if (this.paper === looks.style.background) return;
    this.paper = looks.style.background;
    this.ramp = Int32Array.from(diverging(rgb(this.paper)), pixel);
  }

  /**
   * Put the pictures of a column on a sheet, one below the other.
   *
   * @param {Pictures} pictures @param {number[]} units whose pictures they are @param {boolean} upright rows are from the top
   * @param {Looks} looks
   */
  column({ kind, values, n, width, height, limit }, units, upright, looks) {
    this.follow(looks);
    const image = this.blank(width, height * n);
    const pixels = new Int32Array(image.data.buffer);
    const paper = rgb(this.paper);
    const [low, high] = kind === "grey" ? [Math.min(...values), Math.max(...values)] : [0, 1];
    for (let unit = 0; unit < n; unit++) {
      const colour = rgb(looks.classColour(units[unit] ?? 0)); // an image of all inputs is no unit
      const shade = (/** @type {number} */ share) =>
        pixel(paper.map((p, c) => Math.round(p + (colour[c] - p) * share * SURE)));
      for (let row = 0; row < height; row++) {
        const from = (unit * height + (upright ? row : height - 1 - row)) * width;
        const to = (unit * height + row) * width;
        for (let x = 0; x < width; x++) {
          const value = values[from + x] || 0; // NaN is drawn as 0
          if (kind === "share") pixels[to + x] = shade(Math.min(1, value));
          else if (kind === "grey")
            pixels[to + x] = pixel(Array(3).fill(Math.round((255 * (value - low)) / (high - low || 1))));
          else
            pixels[to + x] =
              this.ramp[Math.floor(128 + 127.5 * STRONGEST * Math.max(-1, Math.min(1, value / limit)))];
        }
      }
    }
    this.context.putImageData(image, 0, 0);
  }

  /** Put the classes over the input plane on a sheet. @param {Regions} regions @param {Looks} looks */
  classes({ size, nClasses, likeliest, highest }, looks) {
    const image = this.blank(size, size);
    const pixels = new Int32Array(image.data.buffer);
    const shades = new Int32Array(looks.shades(nClasses).buffer);
    const even = 1 / Math.max(nClasses, 2);
    for (let i = 0; i < size * size; i++) {
      const lead = (255 * (highest[i] - even)) / (1 - even);
      const at = (size - 1 - Math.floor(i / size)) * size + (i % size);
      pixels[at] = shades[likeliest[i] * 256 + (lead > 0 ? Math.min(255, Math.round(lead)) : 0)];
    }
    this.context.putImageData(image, 0, 0);
  }

  /** @param {number} width @param {number} height */
  blank(width, height) {
    if (this.sheet.width !== width || this.sheet.height !== height)
      Object.assign(this.sheet, { width, height });
    return this.context.createImageData(width, height);
  }
}
