/** A panel over the single input of a regression: where there are no training data, and the input that is pointed at. */

import { scaleLinear } from "d3-scale";
import { say } from "../core/language.js";
import { Panel, followPointer } from "./panel.js";
import { Told } from "./told.js";

/** @import { CurveFitData, Range } from "../types" */
/** @import { Fit } from "../core/fit.js" */
/** @import { RunModel } from "../model" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks } from "./looks.js" */

const ZONE = 0.45; // how strong the zones without training data are
const STEPS = 80; // from end to end, by the arrow keys

export class InputPanel extends Panel {
  /** @param {string} kind @param {string} title @param {RunModel} run @param {Fit} fit @param {Stage} stage */
  constructor(kind, title, run, fit, stage) {
    super(kind, title, { left: 46, bottom: 34 });
    this.run = run;
    this.fitted = fit;
    this.curve = /** @type {CurveFitData} */ (fit.data.curve);
    this.x = scaleLinear();
    this.y = scaleLinear();
    this.told = new Told(this);
    this.followReader(stage);
  }

  /** What the input is called. */
  get inputName() {
    return this.run.data.names.inputs[0] || "x";
  }

  /** @param {Stage} stage */
  followReader(stage) {
    const { canvas } = this;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", say("diagram"));
    followPointer(this, this.gestures(stage));
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.steer(event, stage)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    canvas.addEventListener("blur", () => this.point(stage, null));
  }

  /** @param {Stage} stage @param {[number, number] | null} at in pixels */
  point(stage, at) {
    stage.pointAtInput(at && this.x.invert(Math.min(this.inner.width, Math.max(0, at[0]))));
  }

  /** What a pointer does. @param {Stage} stage @returns {Parameters<typeof followPointer>[1]} */
  gestures(stage) {
    return { hover: (at) => this.point(stage, at) };
  }

  /** Move along the input by the arrow keys. @param {KeyboardEvent} event @param {Stage} stage */
  steer(event, stage) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way) return false;
    const [low, high] = this.curve.limits[0];
    const step = ((high - low) / STEPS) * (event.shiftKey ? 5 : 1);
    stage.pointAtInput(Math.min(high, Math.max(low, (stage.input ?? (low + high) / 2) + way * step)));
    return true;
  }

  /** Set the scales, draw axes and zones. @param {Range} values @param {string} yName @param {Looks} looks */
  prepare(values, yName, looks) {
    const { width, height } = this.inner;
    this.x.domain(this.curve.limits[0]).range([0, width]);
    this.y.domain(values).range([height, 0]);
    this.axes(this.x, this.y, {
      xName: this.inputName,
      yName,
      yTicks: Math.max(2, Math.round(height / 60)),
    });
    const context = this.begin();
    const [low, high] = this.curve.data;
    context.globalAlpha = ZONE;
    context.fillStyle = looks.style.faint;
    context.fillRect(0, 0, Math.max(0, this.x(low)), height);
    context.fillRect(this.x(high), 0, Math.max(0, width - this.x(high)), height);
    context.globalAlpha = 1;
  }

  /** Draw within the picture alone. @param {() => void} draw */
  clipped(draw) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(0, 0, this.inner.width, this.inner.height);
    context.clip();
    draw();
    context.restore();
  }

  /** A line over the input (n,) with a rim. @param {ArrayLike<number>} x @param {(i: number) => number} value @param {string} colour @param {Looks} looks */
  drawLine(x, value, colour, looks) {
    const { context } = this;
    for (const [width, ink] of /** @type {const} */ ([
      [4.6, looks.style.background],
      [2.4, colour],
    ])) {
      context.beginPath();
      let pen = false;
      for (let i = 0; i < x.length; i++) {
        const [left, top] = [this.x(x[i]), this.y(value(i))];
        const drawn = Math.abs(top) < 1e6;
        if (drawn && pen) context.lineTo(left, top);
        else if (drawn) context.moveTo(left, top);
        pen = drawn;
      }
      context.lineJoin = "round";
      context.lineWidth = width;
      context.strokeStyle = ink;
      context.stroke();
    }
  }

  /** A line where the input is pointed at. @param {Stage} stage @param {Looks} looks */
  drawPointed(stage, looks) {
    if (stage.input === null) return;
    const { context } = this;
    context.beginPath();
    context.moveTo(this.x(stage.input), 0);
    context.lineTo(this.x(stage.input), this.inner.height);
    context.setLineDash([4, 3]);
    context.lineWidth = 1.2;
    context.strokeStyle = looks.style.ink;
    context.stroke();
    context.setLineDash([]);
  }
}
