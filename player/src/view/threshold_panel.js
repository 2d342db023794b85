/** A neuron as a threshold: the sums w·x of its class up, those of the others down, and how many are right. */

import { scaleLinear } from "d3-scale";
import { inNumbers, say } from "../core/language.js";
import { groupOf, neuronOf, sidesOf, weightsOf, zOf } from "../core/neuron.js";
import { classTitle } from "../core/names.js";
import { percent, short } from "../core/numbers.js";
import { withoutMiddle } from "./canvas.js";
import { Panel } from "./panel.js";

/** @import { Neuron } from "../core/neuron.js" */
/** @import { RunModel } from "../model" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks } from "./looks.js" */

const GAP = 10; // pixels between words
const LANE = 17; // pixels above and below the bars, for words

export class ThresholdPanel extends Panel {
  /** @param {RunModel} run */
  constructor(run) {
    const title = run.labels ? say("Right and wrong at the threshold") : say("The sum against the threshold");
    super("threshold", title, { left: 8, bottom: 34 });
    this.run = run;
    this.x = scaleLinear();
    this.canvas.setAttribute("role", "img");
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const neuron = neuronOf(this.run, stage);
    if (!neuron) return;
    const { run } = this;
    const { width, height } = this.inner;
    this.x.domain(neuron.unit.sum_limits).range([0, width]);
    this.axes(this.x, scaleLinear().range([height, 0]), { xName: `w·${neuron.layer.letter}`, yValues: [] });
    this.begin();
    const { b } = weightsOf(run, stage.epoch, neuron);
    const z = zOf(run, stage.epoch, neuron);
    this.drawBars(z, b, neuron, looks);
    this.drawThreshold(b, neuron.unit.speaks_for === null ? 0 : LANE, looks);
    const speaksFor = run.labels ? neuron.unit.speaks_for : null;
    this.tell(z, b, neuron, speaksFor, stage, looks);
  }

  /** @param {Float32Array} z @param {number} b @param {Neuron} neuron @param {Looks} looks */
  drawBars(z, b, { layer, unit }, looks) {
    const { context, run } = this;
    const { height } = this.inner;
    const { bins } = layer;
    const [low, high] = unit.sum_limits;
    const counts = new Float32Array(4 * bins); // by group and side
    z.forEach((value, i) => {
      if (!Number.isFinite(value)) return;
      const bin = Math.max(0, Math.min(bins - 1, Math.floor(((value - b - low) / (high - low)) * bins)));
      counts[(2 * groupOf(run.labels, unit.speaks_for, i) + Number(value > 0)) * bins + bin] += 1;
    });
    const two = unit.speaks_for !== null;
    const middle = two ? height / 2 : height;
    const room = (two ? height / 2 : height) - LANE;
    for (const group of two ? [0, 1] : [0]) {
      const [below, above] = [0, 1].map((side) =>
        counts.subarray((2 * group + side) * bins, (2 * group + side + 1) * bins),
      );
      const [right, wrong] = group === 0 ? [above, below] : [below, above];
      const most = Math.max(1, ...right.map((count, bin) => count + wrong[bin]));
      const up = group === 0 ? -1 : 1;
      for (let bin = 0; bin < bins; bin++) {
        const [left, end] = [bin, bin + 1].map((at) => this.x(low + ((high - low) * at) / bins));
        const heights = [right[bin], wrong[bin]].map((count) => (room * count) / most);
        context.fillStyle = this.colour(group, unit.speaks_for, looks);
        context.fillRect(left + 0.25, middle, end - left - 0.5, up * heights[0]);
        if (two) context.fillStyle = looks.style.error;
        context.fillRect(left + 0.25, middle + up * heights[0], end - left - 0.5, up * heights[1]);
      }
    }
    if (!two) return;
    context.fillStyle = looks.style.muted;
    context.fillRect(0, middle - 0.5, this.inner.width, 1);
  }

  /** @param {number} group @param {number | null} speaksFor @param {Looks} looks */
  colour(group, speaksFor, looks) {
    if (speaksFor === null) return looks.style.loss;
    if (group === 0) return looks.classColour(speaksFor);
    return this.run.data.task.n_classes === 2 ? looks.classColour(1 - speaksFor) : looks.style.muted;
  }

  /** @param {number} b @param {number} below it, words @param {Looks} looks */
  drawThreshold(b, below, looks) {
    const { context } = this;
    const { width, height } = this.inner;
    const x = this.x(0 - b);
    if (!(x >= 0 && x <= width)) return;
    context.fillStyle = looks.style.ink;
    context.fillRect(x - 1.25, LANE, 2.5, height - LANE - below);
  }

  /** The threshold in numbers, above its line, where the words in the corners leave room. @param {number} b @param {[number, number]} between @param {Looks} looks */
  nameThreshold(b, [left, right], looks) {
    const { context } = this;
    const text = `−b = ${short(0 - b)}`;
    const half = context.measureText(text).width / 2;
    if (!(right - left > 2 * half)) return;
    context.fillStyle = looks.style.ink;
    context.textAlign = "center";
    context.fillText(text, Math.max(left + half, Math.min(right - half, this.x(0 - b))), LANE / 2);
  }

  /**
   * The table of right and wrong, in the corners, and the share that is right.
   *
   * @param {Float32Array} z @param {number} b @param {Neuron} neuron @param {number | null} speaksFor @param {Stage} stage
   * @param {Looks} looks
   */
  tell(z, b, neuron, speaksFor, stage, looks) {
    const { run } = this;
    const { above, below, right } = sidesOf(z, run.labels, speaksFor);
    const { height } = this.inner;
    const number = (/** @type {number} */ value) => inNumbers(value.toLocaleString("en"));
    if (speaksFor === null) {
      const ends = [below[0], above[0]].map((count, side) =>
        this.corner(number(count), side, LANE / 2, looks.style.muted),
      );
      this.nameThreshold(b, [ends[0] + GAP, ends[1] - GAP], looks);
      this.write("", `${number(below[0])} · ${number(above[0])}`);
      return;
    }
    const other = run.data.task.n_classes === 2 ? classTitle(run.data, 1 - speaksFor) : say("Others");
    const cells = /** @type {const} */ ([
      [classTitle(run.data, speaksFor), [below[0], above[0]], LANE / 2],
      [other, [below[1], above[1]], height - LANE / 2],
    ]);
    /** @type {number[]} */
    const ends = [];
    const told = cells.flatMap(([name, counts, y], row) =>
      counts.map((count, side) => {
        const isRight = side !== row;
        const said = isRight
          ? say("{number} right", { number: number(count) })
          : say("{number} wrong", { number: number(count) });
        const colour = isRight ? looks.style.ink : count ? looks.style.error : looks.style.muted;
        ends.push(this.corner(side ? said : `${name}: ${said}`, side, y, colour));
        return `${name}: ${said}`;
      }),
    );
    this.nameThreshold(b, [ends[0] + GAP, ends[1] - GAP], looks);
    const held = stage.heldOut(run);
    const share = percent(right / Math.max(1, run.n));
    const of = held && sidesOf(zOf(run, stage.epoch, neuron, held), held.labels, speaksFor);
    const aside = of
      ? say("{share} · held out {held_out}", { share, held_out: percent(of.right / Math.max(1, held.n)) })
      : say("{share} right", { share });
    this.write(aside, told.join(", "));
  }

  /** Words in a corner; returns where they end. @param {string} text @param {number} side @param {number} y @param {string} colour */
  corner(text, side, y, colour) {
    const { context } = this;
    const { width } = this.inner;
    context.font = "12px system-ui, sans-serif";
    context.textAlign = side ? "right" : "left";
    context.textBaseline = "middle";
    context.fillStyle = colour;
    const words = withoutMiddle(context, text, width * (side ? 0.36 : 0.6));
    context.fillText(words, side ? width - 2 : 2, y);
    const long = context.measureText(words).width;
    return side ? width - 2 - long : 2 + long;
  }

  /** @param {string} aside @param {string} told */
  write(aside, told) {
    if (this.aside.textContent !== aside) this.aside.textContent = aside;
    const label = say("{title} of {run}: {said}", {
      title: this.title.textContent ?? "",
      run: this.run.data.name,
      said: told,
    });
    if (this.canvas.getAttribute("aria-label") !== label) this.canvas.setAttribute("aria-label", label);
  }
}
