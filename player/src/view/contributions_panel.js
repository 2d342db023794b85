/** What each hidden unit adds to the answer of a regression, stacked above and below 0. */

import { columnName } from "../core/fit_words.js";
import { listed, say } from "../core/language.js";
import { short } from "../core/numbers.js";
import { writeHeading } from "./heading.js";
import { InputPanel } from "./input_panel.js";

/** @import { ContributionsData } from "../types" */
/** @import { Fit, Terms } from "../core/fit.js" */
/** @import { RunModel } from "../model" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks } from "./looks.js" */

const STRENGTH = 0.82; // of the bands, and of those beside one that is pointed at
const WEAK = 0.3;

export class ContributionsPanel extends InputPanel {
  /** @param {RunModel} run @param {Fit} fit @param {Stage} stage */
  constructor(run, fit, stage) {
    const data = /** @type {ContributionsData} */ (fit.data.contributions);
    super("contributions", titleOf(fit, data), run, fit, stage);
    this.titles = [titleOf(fit, data), say("What units add")];
    this.data = data;
    /** The place of the unit that is pointed at, among those that are shown. @type {number | null} */
    this.place = null;
    const grey = data.units.length === data.n_units ? say("grey: bias") : say("grey: others, bias");
    const line = data.is_answer ? say("line: their sum, the fit") : say("line: their sum");
    this.key = [listed([grey, line]), line, say("line: sum")];
  }

  /** @override @param {Stage} stage @param {[number, number] | null} at */
  point(stage, at) {
    this.place = at && this.bandAt(stage, at);
    super.point(stage, at);
    stage.changed();
  }

  /** The unit in whose band a place is. @param {Stage} stage @param {[number, number]} at */
  bandAt(stage, [x, y]) {
    const terms = this.fitted.terms(stage.epoch, Float32Array.of(this.x.invert(x)));
    const value = this.y.invert(y);
    let [above, below] = [0, 0];
    for (const [place, term] of rowsOf(terms)) {
      const part = term[0];
      const [low, high] = part > 0 ? [above, above + part] : [below + part, below];
      if (value >= low && value <= high) return place;
      if (part > 0) above += part;
      else below += part;
    }
    return null;
  }

  /** Arrows up and down go from unit to unit. @override @param {KeyboardEvent} event @param {Stage} stage */
  steer(event, stage) {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way) return super.steer(event, stage);
    const n = this.data.units.length;
    this.place = this.place === null ? 0 : (this.place + way + n) % n;
    const [low, high] = this.curve.data;
    stage.pointAtInput(stage.input ?? (low + high) / 2);
    stage.changed();
    return true;
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    writeHeading(this, this.titles, this.key);
    this.prepare(this.data.limits, say("w · a"), looks);
    const terms = this.fitted.terms(stage.epoch);
    this.clipped(() => {
      this.drawBands(terms, looks);
      const { context } = this;
      context.fillStyle = looks.style.muted;
      context.fillRect(0, this.y(0) - 0.5, this.inner.width, 1);
      this.drawLine(terms.x, (i) => terms.total[i], looks.style.boundary, looks);
      this.drawPointed(stage, looks);
    });
    this.tell(stage);
  }

  /** @param {Terms} terms @param {Looks} looks */
  drawBands(terms, looks) {
    const { context } = this;
    const { x } = terms;
    const above = new Float64Array(x.length);
    const below = new Float64Array(x.length);
    for (const [place, term, grey] of rowsOf(terms)) {
      context.fillStyle =
        place === null ? (grey ? looks.style.muted : looks.style.faint) : looks.unitColour(place);
      context.globalAlpha = this.place === null || this.place === place ? STRENGTH : WEAK;
      for (const [base, sign] of /** @type {const} */ ([
        [above, 1],
        [below, -1],
      ])) {
        context.beginPath();
        for (let i = 0; i < x.length; i++) context.lineTo(this.x(x[i]), this.y(base[i]));
        for (let i = x.length - 1; i >= 0; i--) {
          base[i] += sign * Math.max(0, sign * term[i] || 0); // NaN adds nothing
          context.lineTo(this.x(x[i]), this.y(base[i]));
        }
        context.fill();
        context.lineWidth = 0.5;
        context.strokeStyle = looks.style.background;
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }

  /** @param {Stage} stage */
  tell(stage) {
    this.told.tell(this.pointedWords(stage), stage);
    if (stage.clock.playing) return;
    const said = say("Arrow keys go along the input, and from unit to unit.");
    const label = `${this.titles[0]}: ${this.run.data.name}. ${said}`;
    this.canvas.setAttribute("aria-label", label);
  }

  /** @param {Stage} stage */
  pointedWords(stage) {
    if (stage.input === null) return say("Point at a band for what its unit adds.");
    const terms = this.fitted.terms(stage.epoch, Float32Array.of(stage.input));
    const sum = say("sum {value}", { value: short(terms.total[0]) });
    const at = `${this.inputName} ${short(stage.input)}`;
    const added = terms.parts.map((part, place) => ({ place, value: part[0] }));
    const most = added.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    const chosen = this.place === null ? most.slice(0, 4) : most.filter(({ place }) => place === this.place);
    const units = chosen.map(({ place, value }) =>
      say("unit {unit} adds {value}", { unit: this.data.units[place] + 1, value: signed(value) }),
    );
    return listed([at, ...units, say("bias {value}", { value: signed(terms.bias) }), sum]);
  }
}

/** The terms from 0 outwards: of the bias, of the others, of each unit that is shown. @param {Terms} terms @returns {[number | null, Float64Array, boolean][]} */
function rowsOf({ x, bias, others, parts }) {
  return [
    [null, new Float64Array(x.length).fill(bias), false],
    [null, others, true],
    ...parts.map((part, place) => /** @type {[number, Float64Array, boolean]} */ ([place, part, false])),
  ];
}

/** @param {number} value */
const signed = (value) => (value > 0 ? `+${short(value)}` : short(value));

/** @param {Fit} fit @param {ContributionsData} data */
function titleOf(fit, { units, n_units: number }) {
  if (units.length < number)
    return say("What the {few} strongest of {number} units add", { few: units.length, number });
  if (fit.n > 1) return say("What each hidden unit adds to {name}", { name: columnName(fit, 0) });
  return say("What each hidden unit adds");
}
