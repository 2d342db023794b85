/** A single neuron in the plane that enters it: where it is active, its line, its arrow and its distance. */

import { inNumbers, say } from "../core/language.js";
import { nearestOf, neuronOf, planeOf, strengthOf, weightsOf } from "../core/neuron.js";
import { short } from "../core/numbers.js";
import { along } from "../core/ramps.js";
import { symbol } from "../core/unit_words.js";
import { rgb } from "./looks.js";
import { MeshPaint } from "./mesh_paint.js";
import { PlanePanel } from "./plane_panel.js";
import { PlanePicture } from "./plane_picture.js";

/** @import { Neuron } from "../core/neuron.js" */
/** @import { Plane, RunModel } from "../model" */
/** @import { Scene } from "../core/scene.js" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks } from "./looks.js" */

const [LONGEST, MOST] = [0.3, 1.5]; // of the plane's shorter side, the arrow of usual weights; times that, any
const HEAD = 9; // pixels
const LINE = 18; // pixels

export class NeuronPanel extends PlanePanel {
  /** @param {RunModel} run @param {Stage} stage */
  constructor(run, stage) {
    const neuron = (/** @type {Stage} */ now) => /** @type {Neuron} */ (neuronOf(run, now));
    // Neither regions, the input's grid nor lines of other units are shown here, and need not be computed.
    const bare = /** @type {RunModel} */ (
      Object.assign(Object.create(run), { regions: () => null, lines: () => null, units: () => null })
    );
    super(
      bare,
      stage,
      (now) => planeOf(neuron(now)),
      () => titleOf(neuron(stage)),
    );
    this.picture = new NeuronPicture(this);
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    super.draw(stage, looks);
    const neuron = neuronOf(this.run, stage);
    const said = neuron ? formula(this.run, stage.epoch, neuron) : "";
    if (this.aside.textContent !== said) this.aside.textContent = said;
  }
}

/** @param {Neuron} neuron */
const titleOf = ({ layer, unit }) =>
  say("Unit {unit} of “{layer}”", { unit: unit.number, layer: layer.layer });

/** z as a sum. @param {RunModel} run @param {number} epoch @param {Neuron} neuron */
function formula(run, epoch, neuron) {
  const { w, b } = weightsOf(run, epoch, neuron);
  const { letter } = neuron.layer;
  const part = (/** @type {number} */ value) => inNumbers(Math.abs(value).toFixed(2));
  const sign = (/** @type {number} */ value) => (value < 0 ? "−" : "+");
  const [x, y] = [0, 1].map((place) => symbol(letter, place));
  return `z = ${w[0] < 0 ? "−" : ""}${part(w[0])}·${x} ${sign(w[1])} ${part(w[1])}·${y} ${sign(b)} ${part(b)}`;
}

class NeuronPicture extends PlanePicture {
  /** @param {PlanePanel} panel */
  constructor(panel) {
    super(panel);
    this.strength = new MeshPaint();
  }

  /** @override @param {Stage} stage @param {Plane} plane @param {Scene} scene @param {Looks} looks */
  draw(stage, plane, scene, looks) {
    const neuron = neuronOf(this.run, stage);
    if (!neuron) return;
    const colour = looks.unitColour(neuron.unit.number - 1);
    const { context } = this;
    const { width, height } = this.inner;
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    this.shadeStrength(strengthOf(this.run, stage.epoch, neuron, scene.limits), scene, colour, looks);
    context.restore();
    super.draw(stage, plane, scene, looks);
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    this.drawGeometry(weightsOf(this.run, stage.epoch, neuron), neuron.unit.norm, scene, colour, looks);
    context.restore();
  }

  /** @param {{ size: number, values: Float32Array }} strength @param {Scene} scene @param {string} colour @param {Looks} looks */
  shadeStrength({ size, values }, { limits }, colour, looks) {
    const [paper, ink] = [rgb(looks.style.background), rgb(colour)];
    const shades = Array.from({ length: 256 }, (_, step) =>
      along([paper, ink], (step / 255) * looks.style.shading),
    );
    this.strength.paint(this.context, [this.x, this.y], limits, size, (at) => values[at], shades);
  }

  /**
   * The line z = 0, the arrow w to where z rises, and the way from the origin to the line.
   *
   * @param {{ w: number[], b: number }} weights @param {number} usual ‖w‖ @param {Scene} scene @param {string} colour
   * @param {Looks} looks
   */
  drawGeometry(weights, usual, { limits: [[x0, x1], [y0, y1]] }, colour, looks) {
    const { w, b } = weights;
    const norm = Math.hypot(w[0], w[1]);
    if (!(norm > 0 && Number.isFinite(norm + b))) return;
    const on = nearestOf(weights, [(x0 + x1) / 2, (y0 + y1) / 2]);
    const reach = Math.hypot(x1 - x0, y1 - y0);
    const along = [(-w[1] / norm) * reach, (w[0] / norm) * reach];
    this.stroke(
      [
        [on[0] - along[0], on[1] - along[1]],
        [on[0] + along[0], on[1] + along[1]],
      ],
      colour,
      3,
      looks,
    );
    const inside = (/** @type {number[]} */ [x, y]) => x >= x0 && x <= x1 && y >= y0 && y <= y1;
    if (!inside(on)) return;
    const long = LONGEST * Math.min(x1 - x0, y1 - y0) * Math.min(MOST, norm / usual);
    const tip = [on[0] + (w[0] / norm) * long, on[1] + (w[1] / norm) * long];
    this.stroke([on, tip], colour, 3, looks);
    this.head(on, tip, colour);
    const y = this.write(`‖w‖ = ${short(norm)}`, tip, colour, looks);
    if (!inside([0, 0])) return;
    const foot = nearestOf(weights, [0, 0]);
    this.context.setLineDash([5, 4]);
    this.stroke([[0, 0], foot], looks.style.ink, 1.5, looks);
    this.context.setLineDash([]);
    const middle = [foot[0] / 2, foot[1] / 2];
    this.write(`|b|/‖w‖ = ${short(Math.abs(b) / norm)}`, middle, looks.style.ink, looks, y);
  }

  /** @param {number[][]} points @param {string} colour @param {number} width @param {Looks} looks */
  stroke(points, colour, width, looks) {
    const { context } = this;
    for (const [wide, ink] of /** @type {const} */ ([
      [width + 2.5, looks.style.background],
      [width, colour],
    ])) {
      context.beginPath();
      for (const [x, y] of points) context.lineTo(this.x(x), this.y(y));
      context.lineWidth = wide;
      context.strokeStyle = ink;
      context.stroke();
    }
  }

  /** @param {number[]} from @param {number[]} to @param {string} colour */
  head(from, to, colour) {
    const { context } = this;
    const [x, y] = [this.x(to[0]), this.y(to[1])];
    context.save();
    context.translate(x, y);
    context.rotate(Math.atan2(y - this.y(from[1]), x - this.x(from[0])));
    context.beginPath();
    context.moveTo(HEAD, 0);
    context.lineTo(-2, HEAD * 0.62);
    context.lineTo(-2, -HEAD * 0.62);
    context.fillStyle = colour;
    context.fill();
    context.restore();
  }

  /**
   * Words beside a point, inside the plane, and apart from others at a height; returns their own.
   *
   * @param {string} text @param {number[]} at @param {string} colour @param {Looks} looks @param {number} [other]
   */
  write(text, at, colour, looks, other = -Infinity) {
    const { context } = this;
    const { width, height } = this.inner;
    context.font = "bold 12px system-ui, sans-serif";
    context.textAlign = "left";
    context.textBaseline = "middle";
    const long = context.measureText(text).width;
    const x = this.x(at[0]);
    const left = Math.max(3, Math.min(width - long - 3, x > width / 2 ? x - long - 14 : x + 14));
    const inside = Math.max(10, Math.min(height - 10, this.y(at[1])));
    const away = inside < other ? -LINE : LINE;
    const near = Math.abs(inside - other) < LINE;
    const y = !near ? inside : other + (other + away < 10 || other + away > height - 10 ? -away : away);
    context.lineJoin = "round";
    context.lineWidth = 4;
    context.strokeStyle = looks.style.background;
    context.strokeText(text, left, y);
    context.fillStyle = colour;
    context.fillText(text, left, y);
    return y;
  }
}
