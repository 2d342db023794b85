/** Distributions of each layer's weights or gradients: a violin each, or dots for few values, from input to output. */

import { scaleBand, scaleLinear } from "d3-scale";
import { percent, power, short } from "../core/numbers.js";
import { layerColour } from "../core/ramps.js";
import { fitted } from "./canvas.js";
import { rgb } from "./looks.js";
import { Panel } from "./panel.js";
import { listed, say } from "../core/language.js";

/** @import { DistributionsData } from "../types" */
/** @import { RunModel } from "../model" */
/** @import { Looks } from "./looks.js" */
/** @import { Stage } from "../core/stage.js" */

const titles = () => ({ weights: say("Weights by layer"), gradients: say("Gradient sizes by layer") });
const LANE = 0.09; // room below a logarithmic axis for zeros, as a share of it
const HALF = 0.43; // half of a violin's width, layers being 1 apart
const DOTTED = 0.3; // half of the width of a layer's dots
const SEEN = 0.002; // smaller shares have no bar
const TOLD = 0.005; // smaller shares are 0%
const WORDS = 16; // pixels above the values

export class DistributionsPanel extends Panel {
  /** @param {RunModel} run @param {Stage} stage @param {DistributionsData} data */
  constructor(run, stage, data) {
    super("distributions", titles()[data.quantity], { left: 46, bottom: 24 });
    this.run = run;
    this.data = data;
    this.layers = data.names.map((_, layer) => String(layer));
    this.x = scaleBand().domain(this.layers);
    this.y = scaleLinear();
    // Runs side by side have one axis.
    const limits = stage.onStage.flatMap(({ run: other }) =>
      (other.data.layers?.distributions ?? [])
        .filter(({ quantity }) => quantity === data.quantity)
        .map((each) => each.limits),
    );
    const [low, high] = [Math.min(...limits.map((l) => l[0])), Math.max(...limits.map((l) => l[1]))];
    this.low = data.logarithmic ? low - LANE * (high - low) : low;
    this.high = high;
    this.canvas.setAttribute("role", "img");
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const { data, run, layers } = this;
    const { width, height } = this.inner;
    this.x.range([0, width]);
    this.y.domain([this.low, this.high]).range([height, WORDS]);
    const room = this.x.bandwidth();
    const every = Math.max(1, Math.ceil(26 / room)); // of very many layers some are named
    const name = (/** @type {string} */ layer) =>
      Number(layer) % every ? "" : fitted(this.context, data.names[Number(layer)], room * every - 4);
    this.axes(this.x, this.y, {
      xFormat: name,
      yTicks: 4,
      yValues: data.logarithmic ? powers(this.low, this.high, LANE) : null,
      yFormat: (value) => (data.logarithmic ? (value === this.low ? "0" : power(10 ** value)) : short(value)),
    });
    this.begin();
    const at = (/** @type {import("../types").ArrayRef} */ ref) =>
      run.carriedAt(ref, data.epochs, stage.epoch);
    const [density, quartiles, shares] = [at(data.density), at(data.quartiles), at(data.shares)];
    const bins = density.length / layers.length;
    const paper = rgb(looks.style.background);
    this.line(looks.style.faint, data.logarithmic ? this.low : 0);
    layers.forEach((layer, i) => {
      const middle = /** @type {number} */ (this.x(layer)) + room / 2;
      const colour = layerColour(data.depths[i], paper);
      const dots = data.dots[i];
      if (dots) this.dots(at(dots), middle, colour);
      else this.violin(density.subarray(i * bins, (i + 1) * bins), data.ends[i], middle, colour);
      const [zero, below, above, missing] = shares.subarray(4 * i, 4 * i + 4);
      if (!dots) {
        this.bar(zero, data.logarithmic ? this.low : 0, middle, colour);
        this.bar(below, data.limits[0], middle, colour);
        this.bar(above, data.limits[1], middle, colour);
      }
      this.quartiles(quartiles.subarray(3 * i, 3 * i + 3), middle, looks);
      const said = missing
        ? say("{share} not finite", { share: percent(missing) })
        : zero >= TOLD && !dots
          ? say("{share} zero", { share: percent(zero) })
          : "";
      this.write(said, middle, missing ? looks.style.error : looks.style.muted);
    });
    if (!stage.clock.playing) this.describe(quartiles);
  }

  /** @param {string} colour @param {number} at */
  line(colour, at) {
    const { context } = this;
    context.beginPath();
    context.moveTo(0, this.y(at));
    context.lineTo(this.inner.width, this.y(at));
    context.lineWidth = 1;
    context.strokeStyle = colour;
    context.stroke();
  }

  /** @param {Float32Array} density @param {[number, number]} ends @param {number} middle @param {string} colour */
  violin(density, [low, high], middle, colour) {
    const { context, y } = this;
    const half = HALF * this.x.bandwidth();
    const height = (/** @type {number} */ bin) => y(low + ((bin + 0.5) / density.length) * (high - low));
    const inside = [...density.keys()].filter((bin) => density[bin] > 0.004);
    if (!inside.length) return;
    const [first, last] = [inside[0], inside[inside.length - 1]];
    context.beginPath();
    for (let bin = first; bin <= last; bin++) context.lineTo(middle - half * density[bin], height(bin));
    for (let bin = last; bin >= first; bin--) context.lineTo(middle + half * density[bin], height(bin));
    context.closePath();
    context.lineWidth = 1;
    context.strokeStyle = context.fillStyle = colour;
    context.fill();
    context.stroke();
  }

  /** @param {Float32Array} values @param {number} middle @param {string} colour */
  dots(values, middle, colour) {
    const { context, y } = this;
    const half = DOTTED * this.x.bandwidth();
    context.fillStyle = colour;
    values.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      const across = values.length > 1 ? half * ((2 * i) / (values.length - 1) - 1) : 0;
      context.beginPath();
      context.arc(middle + across, y(Math.min(this.high, Math.max(this.low, value))), 2.6, 0, 2 * Math.PI);
      context.fill();
    });
  }

  /** @param {number} share @param {number} at @param {number} middle @param {string} colour */
  bar(share, at, middle, colour) {
    if (!(share > SEEN)) return;
    const half = HALF * this.x.bandwidth() * share;
    this.context.fillStyle = colour;
    this.context.fillRect(middle - half, this.y(at) - 2, 2 * half, 4);
  }

  /** @param {Float32Array} quartiles @param {number} middle @param {Looks} looks */
  quartiles(quartiles, middle, looks) {
    if (quartiles.some(Number.isNaN)) return;
    const { context } = this;
    const [low, median, high] = Array.from(quartiles, (value) =>
      this.y(Math.min(this.high, Math.max(this.low, value))),
    );
    for (const [wide, colour] of /** @type {const} */ ([
      [5, looks.style.background],
      [2.4, looks.style.ink],
    ])) {
      context.beginPath();
      context.moveTo(middle, low);
      context.lineTo(middle, high);
      context.lineWidth = wide;
      context.strokeStyle = colour;
      context.stroke();
    }
    context.beginPath();
    context.arc(middle, median, 3, 0, 2 * Math.PI);
    context.lineWidth = 1.6;
    context.fillStyle = looks.style.background;
    context.strokeStyle = looks.style.ink;
    context.fill();
    context.stroke();
  }

  /** @param {string} text @param {number} middle @param {string} colour */
  write(text, middle, colour) {
    if (!text) return;
    const { context } = this;
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "top";
    context.fillStyle = colour;
    context.fillText(fitted(context, text, this.x.bandwidth() - 2), middle, 0);
  }

  /** @param {Float32Array} quartiles */
  describe(quartiles) {
    const told = this.data.names.map((name, layer) => {
      const median = quartiles[3 * layer + 1];
      return `${name} ${short(this.data.logarithmic ? 10 ** median : median)}`;
    });
    this.canvas.setAttribute(
      "aria-label",
      say("{title} of {run}, medians: {values}", {
        title: this.title.textContent ?? "",
        run: this.run.data.name,
        values: listed(told),
      }),
    );
  }
}

/** The ticks of logarithms: 0 at the bottom, and powers of ten above its lane. @param {number} low @param {number} high @param {number} lane */
function powers(low, high, lane) {
  const first = Math.ceil(low + (lane / (1 + lane)) * (high - low));
  const stride = Math.max(1, Math.ceil((high - first) / 4));
  const found = [low];
  for (let value = first; value <= high; value += stride) found.push(value);
  return found;
}
