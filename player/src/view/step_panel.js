/** A step from one snapshot to the next: where it moves the samples in a layer's plane. */

import { keyOf } from "../core/planes.js";
import { short } from "../core/numbers.js";
import { epochsOfStep, stepOf, withArrows } from "../core/step.js";
import { listed, say } from "../core/language.js";
import { PlanePanel } from "./plane_panel.js";

/** @import { Plane, RunModel } from "../model" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Step } from "../core/step.js" */
/** @import { Looks } from "./looks.js" */

const HEAD = 6; // pixels from the tip of an arrow to its wings
const SPREAD = 0.45; // radians between a wing and the shaft
const SHORTEST = 0.5; // pixels: of less there is no direction

export class StepPanel extends PlanePanel {
  /** @param {RunModel} run @param {Stage} stage */
  constructor(run, stage) {
    const planeOf = (/** @type {Stage} */ now) => /** @type {Plane} */ (now.featurePlane(run));
    super(run, stage, planeOf, titleOf, "step");
    this.chosen = withArrows(run.labels, run.n);
    /** The step that was drawn last. @type {{ key: string, step: Step } | null} */
    this.known = null;
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    super.draw(stage, looks);
    const step = this.stepAt(stage);
    const { context, inner } = this;
    context.save();
    context.beginPath();
    context.rect(0, 0, inner.width, inner.height);
    context.clip();
    context.beginPath();
    for (const sample of this.chosen) this.trace(step, sample);
    context.lineCap = context.lineJoin = "round";
    for (const [wide, colour] of /** @type {const} */ ([
      [3.4, looks.style.background],
      [1.5, looks.style.ink],
    ])) {
      context.lineWidth = wide;
      context.strokeStyle = colour;
      context.stroke();
    }
    context.restore();
    this.tell(step, looks);
  }

  /** @param {Stage} stage @returns {Step} */
  stepAt(stage) {
    const plane = this.planeOf(stage);
    const { run } = this;
    const key = [...epochsOfStep(run, stage.epoch), keyOf(plane), run.diagram?.key].join(" ");
    if (this.known?.key !== key) this.known = { key, step: stepOf(run, plane, stage.epoch) };
    return this.known.step;
  }

  /** Add the arrow of a sample to the path; none where it is not finite. @param {Step} step @param {number} sample */
  trace({ start, end, times }, sample) {
    const { context } = this;
    const [endX, endY] = [end[2 * sample], end[2 * sample + 1]];
    const [x, y] = [this.x(endX), this.y(endY)];
    const fromX = this.x(endX - times * (endX - start[2 * sample]));
    const fromY = this.y(endY - times * (endY - start[2 * sample + 1]));
    const length = Math.hypot(x - fromX, y - fromY);
    if (!(length >= SHORTEST && length < Infinity)) return;
    const angle = Math.atan2(y - fromY, x - fromX);
    const head = Math.min(HEAD, length);
    context.moveTo(fromX, fromY);
    context.lineTo(x, y);
    for (const side of [-SPREAD, SPREAD]) {
      context.moveTo(x, y);
      context.lineTo(x - head * Math.cos(angle + side), y - head * Math.sin(angle + side));
    }
  }

  /** Tell in the title's line which step it is, in a corner how long arrows are. @param {Step} step @param {Looks} looks */
  tell(step, { style }) {
    const words = say("epoch {before} → {after}", { before: short(step.before), after: short(step.after) });
    if (this.aside.textContent !== words) this.aside.textContent = words;
    const { context, inner } = this;
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "top";
    context.lineJoin = "round";
    context.lineWidth = 3.5;
    context.strokeStyle = style.background;
    context.strokeText(lengthWords(step), inner.width - 6, 6);
    context.fillStyle = style.ink;
    context.fillText(lengthWords(step), inner.width - 6, 6);
  }

  /** @override @param {Plane} plane @param {Stage} stage */
  describe(plane, stage) {
    super.describe(plane, stage);
    if (stage.clock.playing) return;
    const label = this.canvas.getAttribute("aria-label");
    const said = listed([this.aside.textContent ?? "", lengthWords(this.stepAt(stage))]);
    this.canvas.setAttribute("aria-label", `${label} ${said}`.trim());
  }
}

/** How much longer arrows are than the ways, empty where they are not. @param {Step} step */
function lengthWords({ times }) {
  return times > 1 ? say("arrows {times} times as long", { times }) : "";
}

/** @param {Plane} plane */
function titleOf(plane) {
  return say("Step of “{layer}”", { layer: plane.layer ?? "" });
}
