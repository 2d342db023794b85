/** One line for each layer over the epochs, named at its end: gradient norms, shares of dead or saturated units. */

import { bisectRight } from "d3-array";
import { scaleLinear, scaleLog } from "d3-scale";
import { percent, power, short } from "../core/numbers.js";
import { layerColour } from "../core/ramps.js";
import { fitted } from "./canvas.js";
import { rgb } from "./looks.js";
import { Panel, followPointer } from "./panel.js";
import { listed, say, told } from "../core/language.js";

/** @import { LayerCurvesData } from "../types" */
/** @import { RunModel } from "../model" */
/** @import { Looks } from "./looks.js" */
/** @import { Stage } from "../core/stage.js" */

const MAX_DECADES = 20; // below the largest value
const LINE = 13; // pixels between two names
const NAMES = 0.3; // the largest share of the width for names
const MOST_ROOM = 130; // pixels for them

export class LayerCurvesPanel extends Panel {
  /** @param {RunModel} run @param {Stage} stage @param {LayerCurvesData} data */
  constructor(run, stage, data) {
    super("layer-curves", told(data.title), { left: 46, bottom: 34 });
    this.run = run;
    this.data = data;
    this.lines = data.lines.map((line) => ({ ...line, values: run.whole(line.values) }));
    this.x = scaleLinear();
    this.y = data.scale === "logarithmic" ? scaleLog() : scaleLinear();
    // Runs side by side have one axis.
    this.values = stage.onStage.flatMap(({ run: other }) =>
      (other.data.layers?.curves ?? [])
        .filter(({ view }) => view === data.view)
        .flatMap(({ lines }) => lines.flatMap(({ values }) => [...other.whole(values)])),
    );
    this.domain = domainOf(data, this.values.filter(Number.isFinite));
    this.canvas.setAttribute("role", "img");
    const seek = (/** @type {[number, number]} */ at) => {
      stage.clock.show(this.x.invert(at[0]));
      stage.clock.playing = false;
      stage.changed();
    };
    followPointer(this, { click: seek, drag: (_, to) => seek(to) });
  }

  /** Room for the names, on the right. @override */
  fit() {
    const { context } = this;
    context.font = "12px system-ui, sans-serif";
    const longest = Math.max(...this.data.names.map((name) => context.measureText(name).width));
    this.least.right = 14 + Math.min(longest, NAMES * this.width, MOST_ROOM);
    super.fit();
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const { data } = this;
    const { width, height } = this.inner;
    const { epochs } = stage.clock;
    this.x.domain([epochs[0], Math.max(epochs[epochs.length - 1], epochs[0] + 1)]).range([0, width]);
    this.y.domain(this.domain).range([height, 0]);
    const logarithmic = data.scale === "logarithmic";
    this.axes(this.x, this.y, {
      xName: say("epoch"),
      yTicks: 4,
      yValues: logarithmic ? decades(this.domain) : data.scale === "percent" ? [0, 0.5, 1] : null,
      yFormat: (value) =>
        logarithmic ? power(value) : data.scale === "percent" ? percent(value) : short(value),
    });
    const context = this.begin();
    const paper = rgb(looks.style.background);
    const x = this.x(stage.epoch);
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.lineWidth = 1;
    context.strokeStyle = looks.style.muted;
    context.globalAlpha = 0.5;
    context.stroke();
    context.globalAlpha = 1;
    for (const line of this.lines) {
      this.drawLine(line, layerColour(data.depths[line.layer], paper), stage, looks);
    }
    this.nameLayers(paper, looks);
    if (!stage.clock.playing) this.describe(stage);
  }

  /** @param {number} value kept on the axis */
  heightOf(value) {
    const [low, high] = this.domain;
    return this.y(Math.min(high, Math.max(low, value)));
  }

  /** @param {(typeof this.lines)[0]} line @param {string} colour @param {Stage} stage @param {Looks} looks */
  drawLine({ values, dashed }, colour, stage, looks) {
    const { context, data } = this;
    const end = bisectRight(data.epochs, stage.epoch);
    context.strokeStyle = colour;
    context.lineJoin = "round";
    context.setLineDash(dashed ? [5, 3] : []);
    for (const [first, last, alpha] of [
      [Math.max(0, end - 1), values.length, 0.3],
      [0, end, 1],
    ]) {
      context.globalAlpha = alpha;
      context.lineWidth = alpha < 1 ? 1.4 : 2.2;
      context.beginPath();
      for (let place = first; place < last; place++) {
        if (!Number.isFinite(values[place])) continue;
        const [x, y] = [this.x(data.epochs[place]), this.heightOf(values[place])];
        if (place > first && Number.isFinite(values[place - 1])) context.lineTo(x, y);
        else context.moveTo(x, y);
      }
      context.stroke();
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
    if (end < 1 || !Number.isFinite(values[end - 1])) return;
    context.beginPath();
    context.arc(this.x(data.epochs[end - 1]), this.heightOf(values[end - 1]), 4, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.lineWidth = 1.6;
    context.strokeStyle = looks.style.background;
    context.stroke();
    context.fill();
  }

  /** The names beside the ends of their lines, apart from each other. @param {[number, number, number]} paper @param {Looks} looks */
  nameLayers(paper, looks) {
    const { context, data } = this;
    const { width, height } = this.inner;
    const every = Math.max(1, Math.ceil((data.names.length * LINE) / height));
    const placed = this.lines
      .filter(({ layer, dashed }, i) => layer % every === 0 && (!dashed || i < data.names.length))
      .map(({ layer, values }) => {
        const last = values.findLast(Number.isFinite);
        return { layer, y: last === undefined ? height : this.heightOf(last) };
      })
      .sort((a, b) => a.y - b.y);
    const ends = placed.map(({ y }) => y);
    placed.forEach((name, i) => (name.y = Math.max(name.y, i ? placed[i - 1].y + LINE : LINE / 2)));
    for (let i = placed.length - 1, most = height; i >= 0; i--, most = placed[i + 1].y - LINE) {
      placed[i].y = Math.min(placed[i].y, most);
    }
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.lineWidth = 0.8;
    placed.forEach(({ layer, y }, i) => {
      context.beginPath();
      context.moveTo(width, ends[i]);
      context.lineTo(width + 8, y);
      context.strokeStyle = looks.style.muted;
      context.stroke();
      context.fillStyle = layerColour(data.depths[layer], paper);
      context.fillText(fitted(context, data.names[layer], this.margins.right - 12), width + 11, y);
    });
  }

  /** @param {Stage} stage */
  describe(stage) {
    const { data } = this;
    const place = Math.max(0, bisectRight(data.epochs, stage.epoch) - 1);
    const values = this.lines.map(({ layer, values }) => {
      const value = values[place];
      return `${data.names[layer]} ${data.scale === "percent" && Number.isFinite(value) ? percent(value) : short(value)}`;
    });
    this.canvas.setAttribute(
      "aria-label",
      say("{title} of {run}: {values}", {
        title: told(data.title),
        run: this.run.data.name,
        values: listed(values),
      }),
    );
  }
}

/** @param {LayerCurvesData} data @param {number[]} values @returns {[number, number]} */
function domainOf({ scale, target }, values) {
  if (scale === "percent") return [-0.03, 1.03];
  const wanted = target === null ? values : [...values, target];
  const shown = scale === "logarithmic" ? wanted.filter((value) => value > 0) : wanted;
  const [low, high] = shown.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
  if (low > high) return scale === "logarithmic" ? [0.1, 1] : [0, 1];
  if (scale === "linear") {
    const margin = 0.06 * (high - low) || 0.5;
    return [low - margin, high + margin];
  }
  const top = Math.log10(high);
  const bottom = Math.max(Math.log10(low), top - MAX_DECADES);
  const margin = Math.max(0.06 * (top - bottom), 0.25);
  return [10 ** (bottom - margin), 10 ** (top + margin)];
}

/** Powers of ten on an axis, five at most. @param {[number, number]} domain */
function decades([low, high]) {
  const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  if (last < first) return [low, high];
  const stride = Math.max(1, Math.ceil((last - first + 1) / 5));
  const found = [];
  for (let exponent = first; exponent <= last; exponent += stride) found.push(10 ** exponent);
  return found;
}
