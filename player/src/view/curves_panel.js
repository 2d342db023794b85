/** One logged quantity over the epochs, of one run or of several; drawn up to the moment, faint beyond it. */

import { bisectRight } from "d3-array";
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { curveLimits } from "../core/curve_limits.js";
import { metricTitle, namedTogether } from "../core/names.js";
import { short } from "../core/numbers.js";
import { Panel, followPointer } from "./panel.js";
import { listed, say } from "../core/language.js";

/** @import { CurveData } from "../types" */
/** @import { Looks } from "./looks.js" */
/** @import { Stage } from "../core/stage.js" */

/** @typedef {{ index: number, curve: CurveData, validation: boolean }} Drawn */

const MOST = 1e30; // what diverged further would make the axis useless

export class CurvesPanel extends Panel {
  /** @param {Stage} stage @param {string} name of the quantity, such as "loss" */
  constructor(stage, name) {
    const together = namedTogether(stage.onStage.map(({ run }) => run.data));
    super("curves", metricTitle(together, name), { left: 46, bottom: 34 });
    this.curve = name;
    this.x = scaleLinear();
    this.y = scaleLinear();
    this.canvas.setAttribute("role", "img");
    const seek = (/** @type {[number, number]} */ at) => {
      stage.clock.show(this.x.invert(at[0]));
      stage.clock.playing = false;
      stage.changed();
    };
    followPointer(this, { click: seek, drag: (_, to) => seek(to) });
  }

  /** The curves of all runs on stage. @param {Stage} stage @returns {Drawn[]} */
  drawn(stage) {
    return stage.onStage
      .flatMap(({ run, index }) =>
        run.data.curves
          .filter((curve) => curve.name === this.curve || curve.name === `val_${this.curve}`)
          .map((curve) => ({ index, curve, validation: curve.name !== this.curve })),
      )
      .sort((one, other) => lastOf(other.curve) - lastOf(one.curve)); // one that ended early lies over others
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const drawn = this.drawn(stage);
    const { epochs } = stage.clock;
    this.scale(
      drawn,
      epochs[0],
      Math.max(epochs[epochs.length - 1], epochs[0] + 1),
      stage.onStage.length > 1,
    );
    this.axes(this.x, this.y, {
      xName: epochName(drawn, stage.onStage.length > 1),
      yTicks: 3,
      yFormat: (value) => short(value),
    });
    const context = this.begin();
    for (const each of drawn) this.drawCurve(each, stage, looks);
    const x = this.x(stage.epoch);
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, this.inner.height);
    context.lineWidth = 1;
    context.strokeStyle = looks.style.muted;
    context.globalAlpha = 0.5;
    context.stroke();
    context.globalAlpha = 1;
    for (const each of drawn) this.drawHere(each, stage, looks);
    this.tell(drawn, stage);
  }

  /** @param {Drawn[]} drawn @param {number} first @param {number} last @param {boolean} several runs */
  scale(drawn, first, last, several) {
    const { width, height } = this.inner;
    const values = drawn
      .flatMap(({ curve }) => curve.values.filter((_, place) => within(curve.epochs[place], first, last)))
      .filter((value) => value !== null)
      .filter((value) => Math.abs(value) < MOST);
    this.x.domain([first, last]).range([0, width]);
    this.y.domain(curveLimits(this.curve, values, several)).range([height, 0]);
  }

  /** @param {Drawn} drawn @param {Looks} looks @param {Stage} stage */
  colour({ index }, looks, stage) {
    if (stage.onStage.length > 1) return looks.runColour(index);
    return this.curve === "loss" ? looks.style.loss : looks.style.metric;
  }

  /** @param {Drawn} drawn @param {Stage} stage @param {Looks} looks */
  drawCurve(drawn, stage, looks) {
    const { context } = this;
    const { curve } = drawn;
    const end = bisectRight(curve.epochs, stage.epoch);
    const path = /** @type {import("d3-shape").Line<number>} */ (line())
      .defined((place) => this.value(curve, place) !== null)
      .x((place) => this.x(curve.epochs[place]))
      .y((place) => this.y(/** @type {number} */ (this.value(curve, place))))
      .context(context);
    const [first, last] = this.x.domain();
    const places = [...curve.epochs.keys()].filter((place) => within(curve.epochs[place], first, last));
    const past = places.filter((place) => place < end);
    const future = places.filter((place) => place >= end - 1);
    context.strokeStyle = this.colour(drawn, looks, stage);
    context.lineJoin = "round";
    const several = stage.onStage.length > 1;
    const width = !drawn.validation ? 2.2 : several ? 1.1 : 1.4;
    const dashes = several ? looks.runDashes(drawn.index).map((each) => each * width) : [5, 3];
    context.setLineDash(several || drawn.validation ? dashes : []);
    for (const [part, alpha] of /** @type {const} */ ([
      [future, 0.3],
      [past, 1],
    ])) {
      context.globalAlpha = alpha;
      context.lineWidth = width;
      context.beginPath();
      path(part);
      context.stroke();
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  /** @param {CurveData} curve @param {number} place */
  value(curve, place) {
    const value = curve.values[place];
    return value === null || Math.abs(value) >= MOST ? null : value;
  }

  /** @param {CurveData} curve @param {number} epoch */
  latest(curve, epoch) {
    const place = bisectRight(curve.epochs, epoch) - 1;
    return place < 0 ? null : { epoch: curve.epochs[place], value: this.value(curve, place) };
  }

  /** @param {Drawn} drawn @param {Stage} stage @param {Looks} looks */
  drawHere(drawn, stage, looks) {
    const here = this.latest(drawn.curve, stage.epoch);
    if (!here || here.value === null || here.epoch < this.x.domain()[0]) return;
    const { context } = this;
    context.beginPath();
    context.arc(this.x(here.epoch), this.y(here.value), drawn.validation ? 3 : 4.5, 0, 2 * Math.PI);
    context.fillStyle = this.colour(drawn, looks, stage);
    context.strokeStyle = looks.style.background;
    context.lineWidth = 2;
    context.stroke();
    context.fill();
  }

  /** @param {Drawn[]} drawn @param {Stage} stage */
  tell(drawn, stage) {
    const alone = stage.onStage.length === 1;
    const said = drawn
      .map((each) => ({ each, here: this.latest(each.curve, stage.epoch) }))
      .filter(({ here }) => here && here.value !== null)
      .map(({ each, here }) => {
        const value = short(/** @type {number} */ (here?.value));
        if (alone) return each.validation ? say("held out {value}", { value }) : value;
        return each.validation ? "" : `${stage.runs[each.index].data.name} ${value}`;
      })
      .filter(Boolean);
    const text = alone ? said.join(" · ") : "";
    if (this.aside.textContent !== text) this.aside.textContent = text;
    if (!stage.clock.playing) {
      const nothing = say("not logged yet");
      this.canvas.setAttribute(
        "aria-label",
        say("{title} over the epochs: {values}", {
          title: this.title.textContent ?? "",
          values: listed(said) || nothing,
        }),
      );
    }
  }
}

/** @param {number} epoch @param {number} first @param {number} last */
function within(epoch, first, last) {
  return epoch >= first && epoch <= last;
}

/** The name of the axis of the epochs, which tells how curves of held-out samples look. @param {Drawn[]} drawn @param {boolean} several runs */
function epochName(drawn, several) {
  if (!drawn.some(({ validation }) => validation)) return say("epoch");
  return several ? say("epoch (held out thin)") : say("epoch (held out dashed)");
}

/** The epoch that a curve ends at. @param {CurveData} curve */
const lastOf = (curve) => curve.epochs[curve.epochs.length - 1] ?? 0;
