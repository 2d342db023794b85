/** The kernels of the first layer as images: negative weights are blue, positive red. */

import { short } from "../core/numbers.js";
import { diverging } from "../core/ramps.js";
import { context2d } from "./canvas.js";
import { rgb } from "./looks.js";
import { Panel } from "./panel.js";
import { say, sayNumber } from "../core/language.js";

/** @import { KernelsData } from "../types" */
/** @import { RunModel } from "../model" */
/** @import { Looks } from "./looks.js" */
/** @import { Stage } from "../core/stage.js" */

const GAP = 6; // pixels between images
const [BAR, BAR_LENGTH] = [6, 0.3]; // the height of the bar of colours, and its share of the width

export class KernelsPanel extends Panel {
  /** @param {RunModel} run @param {Stage} stage @param {KernelsData} data */
  constructor(run, stage, data) {
    super("kernels", say("Kernels of “{layer}”", { layer: data.layer }), { left: 8, bottom: 26 });
    this.run = run;
    this.data = data;
    const [, n, high, wide] = data.images.shape;
    this.n = n;
    this.high = high;
    this.wide = wide;
    this.coloured = data.images.shape.length === 5;
    this.tile = document.createElement("canvas");
    this.tile.width = wide;
    this.tile.height = high;
    // Runs side by side have the same colours.
    const all = stage.onStage.map(({ run: other }) => other.data.layers?.kernels?.limit ?? 0);
    this.limit = Math.max(...all);
    this.canvas.setAttribute("role", "img");
    this.aside.textContent = choice(n, data);
    const values = { title: this.title.textContent ?? "", run: run.data.name };
    this.canvas.setAttribute(
      "aria-label",
      sayNumber("{title} of {run}, as {number} image", "{title} of {run}, as {number} images", n, values),
    );
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const { data, n, high, wide, coloured, limit } = this;
    const { width, height } = this.inner;
    const context = this.begin();
    const weights = this.run.carriedAt(data.images, data.epochs, stage.epoch);
    const ramp = diverging(rgb(looks.style.background));
    const { columns, scale } = tiling(n, wide, high, width, height);
    const rows = Math.ceil(n / columns);
    const left = (width - columns * (wide * scale + GAP) + GAP) / 2;
    const top = Math.max(0, (height - rows * (high * scale + GAP) + GAP) / 2);
    const tileContext = context2d(this.tile);
    const image = tileContext.createImageData(wide, high);
    context.imageSmoothingEnabled = false;
    const channels = coloured ? 3 : 1;
    for (let kernel = 0; kernel < n; kernel++) {
      for (let pixel = 0; pixel < wide * high; pixel++) {
        const at = (kernel * wide * high + pixel) * channels;
        const step = (/** @type {number} */ channel) => {
          const share = 0.5 + weights[at + channel] / (2 * limit);
          return Number.isFinite(share) ? Math.round(255 * Math.min(1, Math.max(0, share))) : 128;
        };
        image.data.set([...(coloured ? [0, 1, 2].map(step) : ramp[step(0)]), 255], 4 * pixel);
      }
      tileContext.putImageData(image, 0, 0);
      const x = left + (kernel % columns) * (wide * scale + GAP);
      const y = top + Math.floor(kernel / columns) * (high * scale + GAP);
      context.drawImage(this.tile, x, y, wide * scale, high * scale);
      context.lineWidth = 1;
      context.strokeStyle = looks.style.faint;
      context.strokeRect(x, y, wide * scale, high * scale);
    }
    this.drawScale(ramp, looks);
  }

  /** The bar of colours, with the weights at its ends. @param {[number, number, number][]} ramp @param {Looks} looks */
  drawScale(ramp, looks) {
    const { context } = this;
    const { width, height } = this.inner;
    const length = BAR_LENGTH * width;
    const [left, top] = [(width - length) / 2, height + 12];
    for (let step = 0; step < 256; step++) {
      const [r, g, b] = this.coloured ? [step, step, step] : ramp[step];
      context.fillStyle = `rgb(${r} ${g} ${b})`;
      context.fillRect(left + (step / 256) * length, top, length / 256 + 0.5, BAR);
    }
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.fillStyle = looks.style.muted;
    context.textAlign = "right";
    context.fillText(`−${short(this.limit)}`, left - 6, top + BAR / 2);
    context.textAlign = "left";
    context.fillText(`+${short(this.limit)}`, left + length + 6, top + BAR / 2);
  }
}

/**
 * In how many columns images are largest, and how many pixels of the screen one of theirs has.
 *
 * @param {number} n @param {number} wide @param {number} high @param {number} width @param {number} height
 */
function tiling(n, wide, high, width, height) {
  let best = { columns: 1, scale: 0 };
  for (let columns = 1; columns <= n; columns++) {
    const rows = Math.ceil(n / columns);
    const scale = Math.min(((width + GAP) / columns - GAP) / wide, ((height + GAP) / rows - GAP) / high);
    if (scale > best.scale) best = { columns, scale };
  }
  return best;
}

/** Which kernels and channel are shown, if not all. @param {number} n @param {KernelsData} data */
function choice(n, data) {
  const values = { n, all: data.n_units, channels: data.first_channel_of ?? 1 };
  if (data.first_channel_of === null) return n < data.n_units ? say("first {n} of {all}", values) : "";
  if (n === data.n_units) return say("channel 1 of {channels}", values);
  return say("first {n} of {all}, channel 1 of {channels}", values);
}
