/** The predictions of a regression, whatever its inputs: against the true numbers, and how far they are off. */

import { scaleLinear } from "d3-scale";
import { columnName, r2Words, sampleWords } from "../core/fit_words.js";
import { listed, say, sayNumber } from "../core/language.js";
import { nameColumns } from "./column_names.js";
import { movedCross } from "./cross.js";
import { Dots } from "./dots.js";
import { writeHeading } from "./heading.js";
import { drawRectangle, drawRing } from "./marks.js";
import { Panel, followPointer } from "./panel.js";
import { Told } from "./told.js";

/** @import { Range } from "../types" */
/** @import { Predictions } from "../core/fit.js" */
/** @import { RunModel } from "../model" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks } from "./looks.js" */

/** What a panel shows: where the dot of a prediction and its true number is, its axes and the line on which it is right. @typedef {{ titles: string[], asides: (r2: string[]) => string[], limits: [Range, Range], names: [string, string], dot: (predicted: number, target: number) => [number, number], right: [number, number][], shape?: [number, number] }} Shown */

export class PredictionsPanel extends Panel {
  /** @param {RunModel} run @param {Predictions} fit @param {Stage} stage @param {Shown} shown */
  constructor(run, fit, stage, shown) {
    super("predictions", shown.titles[0], { left: 46, bottom: 34 }, shown.shape);
    this.run = run;
    this.fitted = fit;
    this.shown = shown;
    this.x = scaleLinear();
    this.y = scaleLinear();
    this.dots = new Dots(this, [(value) => this.x(value), (value) => this.y(value)], fit.n);
    this.column = 0;
    /** @type {[number, number] | null} */
    this.cross = null;
    this.told = new Told(this);
    this.followReader(stage);
  }

  /** @param {Stage} stage */
  followReader(stage) {
    const { canvas } = this;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", say("diagram"));
    followPointer(this, {
      hover: (at) => this.point(stage, at),
      click: (at) => this.probe(stage, at),
      drag: (from, to, ended) => {
        stage.drag = ended ? null : { panel: this, from, to };
        stage.followGroup(this.run.data.samples, this.dots.within(from, to));
      },
    });
    canvas.addEventListener("keydown", (event) => {
      if (!this.steer(event, stage)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    canvas.addEventListener("blur", () => {
      this.cross = null;
      this.point(stage, null);
      stage.changed();
    });
  }

  /** @param {Stage} stage @param {[number, number] | null} at */
  point(stage, at) {
    this.column = this.dots.point(stage, at)?.column ?? 0;
  }

  /** @param {Stage} stage @param {[number, number]} at */
  probe(stage, at) {
    const found = this.dots.at(at);
    if (found) stage.probe({ set: found.set, sample: found.sample, input: null });
  }

  /** @param {KeyboardEvent} event @param {Stage} stage */
  steer(event, stage) {
    if (event.key === "Enter" && this.cross) {
      this.probe(stage, this.cross);
      return true;
    }
    const moved = movedCross(event, this.cross, this.inner);
    if (!moved) return false;
    this.cross = moved;
    this.point(stage, moved);
    stage.changed();
    return true;
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const { limits, names, right } = this.shown;
    const { width, height } = this.inner;
    const held = stage.heldOut(this.run);
    this.x.domain(limits[0]).range([0, width]);
    this.y.domain(limits[1]).range([height, 0]);
    this.axes(this.x, this.y, { xName: names[0], yName: names[1] });
    const context = this.begin();
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    context.beginPath();
    for (const [x, y] of right) context.lineTo(this.x(x), this.y(y));
    context.lineWidth = 1.6;
    context.strokeStyle = looks.style.muted;
    context.stroke();
    const runs = [this.run, ...(held ? [held] : [])];
    this.dots.sets = runs.map((run) => ({ run, points: this.pointsOf(run, stage.epoch) }));
    this.dots.draw(stage, looks);
    if (this.cross) drawRing(context, this.cross, 4, looks);
    if (stage.drag?.panel === this) drawRectangle(context, stage.drag, looks);
    context.restore();
    if (this.fitted.n > 1) nameColumns(this, this.fitted, looks);
    this.tell(stage, held);
  }

  /** Where the samples of a run are: (samples · columns · 2,). @param {RunModel} run @param {number} epoch */
  pointsOf(run, epoch) {
    const { fit } = run;
    if (!fit) return new Float32Array(0);
    const [predicted, targets] = [fit.predicted(epoch), fit.targets];
    const points = new Float32Array(2 * targets.length);
    for (let i = 0; i < targets.length; i++) points.set(this.shown.dot(predicted[i], targets[i]), 2 * i);
    return points;
  }

  /** @param {Stage} stage @param {RunModel | null} held */
  tell(stage, held) {
    const words = r2Words(this.run, held, stage.epoch);
    writeHeading(this, this.shown.titles, this.shown.asides(words));
    const { hover } = stage;
    const own = hover && this.dots.sets.find(({ run }) => run.data.samples === hover.set)?.run.fit;
    this.told.tell(
      own
        ? sampleWords(own, stage.epoch, hover.sample, this.column)
        : say("Point at a sample for its numbers."),
      stage,
    );
    if (stage.clock.playing) return;
    const values = { title: this.title.textContent ?? "", run: this.run.data.name };
    const label = [
      sayNumber(
        "{title} of {run}: {number} sample.",
        "{title} of {run}: {number} samples.",
        this.run.n,
        values,
      ),
      words[0] ?? "",
      say("Arrow keys move a cross, Enter follows what is under it."),
    ];
    this.canvas.setAttribute("aria-label", label.join(" "));
  }
}

/** Predicted against true numbers, and the residuals. @param {RunModel} run @param {Predictions} fit @param {Stage} stage */
export function predictionsPanels(run, fit, stage) {
  const { predictions } = fit.data;
  if (!predictions) return [];
  const { limits, residuals } = predictions;
  const name = fit.n > 1 ? "" : columnName(fit, 0);
  return [
    new PredictionsPanel(run, fit, stage, {
      titles: [say("Predicted against true"), say("Predicted, true")],
      asides: (r2) => r2,
      limits: [limits, limits],
      names: [listed([say("true value"), name]), say("prediction")],
      dot: (predicted, target) => [target, predicted],
      right: limits.map((end) => [end, end]),
      shape: [1, 1],
    }),
    new PredictionsPanel(run, fit, stage, {
      titles: [say("Residuals")],
      asides: () => [say("above the line: predicted too low"), say("above: too low")],
      limits: [limits, residuals],
      names: [say("prediction"), say("true − predicted")],
      dot: (predicted, target) => [predicted, target - predicted],
      right: limits.map((end) => [end, 0]),
    }),
  ];
}
