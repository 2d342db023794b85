/** Samples of a regression as dots, those held out hollow: with several columns, a dot for each in its colour. */

import { nearestOfSets, pointsWithin } from "../core/nearest.js";
import { outlier } from "../core/outliers.js";
import { drawMarker } from "./looks.js";
import { drawRing } from "./marks.js";

/** @import { Panel } from "./panel.js" */
/** @import { RunModel } from "../model" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks } from "./looks.js" */

/** @typedef {(value: number) => number} Scale */

/** The points (samples · columns · 2,) of a run, which may be the held-out samples of another. @typedef {{ run: RunModel, points: Float32Array }} Set */

const REACH = 14; // pixels within which a pointer finds a sample
const DIMMED = 0.18;
const MOST = 8000; // dots that are drawn: of more, an unchanging choice

export class Dots {
  /** @param {Panel} panel @param {[Scale, Scale]} scales @param {number} columns */
  constructor(panel, scales, columns) {
    this.panel = panel;
    this.scales = scales;
    this.columns = columns;
    /** @type {Set[]} */
    this.sets = [];
  }

  /** The dot at a place: the set of its sample, the sample and the column. @param {[number, number]} at */
  at(at) {
    const places = this.sets.map(({ points }) => points);
    const found = nearestOfSets(places, this.scales, at, this.panel.inner, REACH);
    if (!found) return null;
    const { run } = this.sets[found.set];
    const sample = Math.floor(found.place / this.columns);
    return { run, set: run.data.samples, sample, column: found.place % this.columns };
  }

  /** Point at the sample of a dot. @param {Stage} stage @param {[number, number] | null} at */
  point(stage, at) {
    const found = at && this.at(at);
    stage.point(found && { set: found.set, sample: found.sample });
    return found;
  }

  /** The samples with a dot in a rectangle. @param {[number, number]} from @param {[number, number]} to */
  within(from, to) {
    const [{ run, points }] = this.sets;
    const members = new Uint8Array(run.n);
    pointsWithin(points, this.scales, from, to).forEach((inside, place) => {
      if (inside) members[Math.floor(place / this.columns)] = 1;
    });
    return members;
  }

  /** @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const back = [...this.sets].sort((a, b) => b.run.n - a.run.n); // the fewer are on top
    for (const set of back) this.drawSet(set, stage, looks, set.run !== this.sets[0].run);
    for (const { run, points } of this.sets) {
      if (stage.hover?.set === run.data.samples) this.mark(points, stage.hover.sample, looks);
    }
  }

  /** @param {Set} set @param {Stage} stage @param {Looks} looks @param {boolean} hollow */
  drawSet({ run, points }, stage, looks, hollow) {
    const { panel, columns } = this;
    const { context, ratio } = panel;
    const members = stage.group && (stage.membersOf(run.data.samples) ?? new Uint8Array(run.n));
    const radius = radiusOf(run.n * columns, panel.inner);
    const stride = Math.ceil((run.n * columns) / MOST);
    for (let column = 0; column < columns; column++) {
      const colour = columns > 1 ? looks.classColour(column) : looks.style.loss;
      const sprite = looks.sprite("o", colour, radius * ratio, null, hollow);
      const side = sprite.width / ratio;
      for (let sample = 0; sample < run.n; sample += stride) {
        const place = sample * columns + column;
        const [x, y] = this.pixels(points, place);
        context.globalAlpha = members && !members[sample] ? DIMMED : 1;
        const out = outlier(x, y, panel.inner.width, panel.inner.height);
        if (out) this.drawOutlier(out, 1.4 * radius, colour, looks);
        else if (Number.isFinite(x + y)) context.drawImage(sprite, x - side / 2, y - side / 2, side, side);
      }
    }
    context.globalAlpha = 1;
  }

  /** @param {{ at: [number, number], angle: number }} out @param {number} radius @param {string} colour @param {Looks} looks */
  drawOutlier({ at, angle }, radius, colour, looks) {
    const { context } = this.panel;
    context.save();
    context.translate(...at);
    context.rotate(angle);
    context.translate(-radius, 0); // its tip is at the edge
    drawMarker(context, "arrow", radius, colour, looks.style.background);
    context.restore();
  }

  /** A ring around each dot of a sample. @param {Float32Array} points @param {number} sample @param {Looks} looks */
  mark(points, sample, looks) {
    const { context, inner } = this.panel;
    for (let column = 0; column < this.columns; column++) {
      const [x, y] = this.pixels(points, sample * this.columns + column);
      const at = [Math.min(inner.width, Math.max(0, x)), Math.min(inner.height, Math.max(0, y))];
      drawRing(context, /** @type {[number, number]} */ (at), 8, looks);
    }
  }

  /** @param {Float32Array} points @param {number} place @returns {[number, number]} */
  pixels(points, place) {
    return [this.scales[0](points[2 * place]), this.scales[1](points[2 * place + 1])];
  }
}

/** @param {number} count @param {{ width: number, height: number }} inner */
export function radiusOf(count, { width, height }) {
  const room = Math.min(1.4, Math.max(0.75, Math.min(width, height) / 380));
  return room * (count > 3000 ? 1.7 : count > 600 ? 2.3 : count > 200 ? 3.2 : 4.2);
}
