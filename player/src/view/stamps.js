/**
 * A layer of thousands of markers: their pixels are set one by one, which is many times faster than drawing.
 */

import { context2d } from "./canvas.js";

/** The pixels of a marker that are not clear: places relative to its centre, and colours. @typedef {{ side: number, x: Int16Array, y: Int16Array, colours: Uint32Array }} Stamp */

const ALPHA = new Uint8Array(new Uint32Array([0xff000000]).buffer)[3] === 255 ? 24 : 0; // where it is in 32 bits

/** @param {HTMLCanvasElement} sprite @returns {Stamp} */
export function stampOf(sprite) {
  const { width: side } = sprite;
  const pixels = new Uint32Array(context2d(sprite).getImageData(0, 0, side, side).data.buffer);
  const places = Array.from(pixels.keys()).filter((place) => (pixels[place] >>> ALPHA) & 255);
  const half = side >> 1;
  return {
    side,
    x: Int16Array.from(places, (place) => (place % side) - half),
    y: Int16Array.from(places, (place) => Math.floor(place / side) - half),
    colours: Uint32Array.from(places, (place) => pixels[place]),
  };
}

export class StampLayer {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = context2d(this.canvas);
    this.margin = 0;
  }

  /**
   * Begin a clear layer of so many pixels, and around it room for markers that reach over its edge.
   *
   * @param {number} width
   * @param {number} height
   * @param {number} margin
   */
  begin(width, height, margin) {
    const [across, down] = [width + 2 * margin, height + 2 * margin];
    if (this.canvas.width !== across || this.canvas.height !== down || !this.image) {
      this.canvas.width = across;
      this.canvas.height = down;
      this.image = this.context.createImageData(across, down);
      this.pixels = new Uint32Array(this.image.data.buffer);
    } else {
      this.pixels?.fill(0);
    }
    this.margin = margin;
    this.limits = [width, height];
  }

  /**
   * Set a marker; where two overlap, the later one covers the earlier, and its soft rim gives way.
   *
   * @param {Stamp} stamp
   * @param {number} x
   * @param {number} y
   */
  set({ x: across, y: down, colours }, x, y) {
    const pixels = /** @type {Uint32Array} */ (this.pixels);
    const { width } = this.canvas;
    const centre = (y + this.margin) * width + x + this.margin;
    for (let place = 0; place < colours.length; place++) {
      const at = centre + down[place] * width + across[place];
      const colour = colours[place];
      const alpha = (colour >>> ALPHA) & 255;
      if (alpha === 255 || alpha > ((pixels[at] >>> ALPHA) & 255)) pixels[at] = colour;
    }
  }

  /**
   * Lay it over a picture whose pixels it shares.
   *
   * @param {CanvasRenderingContext2D} onto
   * @param {number} left
   * @param {number} top
   */
  end(onto, left, top) {
    this.context.putImageData(/** @type {ImageData} */ (this.image), 0, 0);
    onto.drawImage(this.canvas, left - this.margin, top - this.margin);
  }
}
