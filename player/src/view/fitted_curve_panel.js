/** The curve of a regression: data, the network's answer through them and beyond, and where units switch. */

import { answerWords, columnName, r2Words, sampleWords } from "../core/fit_words.js";
import { listed, say, sayNumber } from "../core/language.js";
import { short } from "../core/numbers.js";
import { nameColumns } from "./column_names.js";
import { Dots } from "./dots.js";
import { writeHeading } from "./heading.js";
import { InputPanel } from "./input_panel.js";
import { drawProbe, drawRectangle } from "./marks.js";

/** @import { Curve, Fit } from "../core/fit.js" */
/** @import { RunModel } from "../model" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks } from "./looks.js" */

const MOST_STICKS = 150; // samples with a line to the curve

export class FittedCurvePanel extends InputPanel {
  /** @param {RunModel} run @param {Fit} fit @param {Stage} stage */
  constructor(run, fit, stage) {
    super("fitted-curve", say("Data and fitted curve"), run, fit, stage);
    this.dots = new Dots(this, [(value) => this.x(value), (value) => this.y(value)], fit.n);
    /** The column of the dot that is pointed at. */
    this.column = 0;
  }

  /** @override @param {Stage} stage @param {[number, number] | null} at */
  point(stage, at) {
    const found = this.dots.sets.length ? this.dots.point(stage, at) : null;
    this.column = found?.column ?? 0;
    super.point(stage, at);
  }

  /** @override @param {Stage} stage */
  gestures(stage) {
    const set = this.run.data.samples;
    return {
      ...super.gestures(stage),
      click: (/** @type {[number, number]} */ at) => {
        const found = this.dots.at(at);
        if (found) stage.probe({ set: found.set, sample: found.sample, input: null });
        else stage.probe({ set, sample: null, input: Float32Array.of(this.x.invert(at[0])) });
      },
      drag: (
        /** @type {[number, number]} */ from,
        /** @type {[number, number]} */ to,
        /** @type {boolean} */ ended,
      ) => {
        stage.drag = ended ? null : { panel: this, from, to };
        stage.followGroup(set, this.dots.within(from, to));
      },
    };
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const fit = this.fitted;
    const held = stage.heldOut(this.run);
    this.prepare(this.curve.limits[1], fit.n > 1 ? "y" : columnName(fit, 0) || "y", looks);
    this.writeZones(looks);
    const curve = fit.curve(stage.epoch);
    this.dots.sets = [this.run, ...(held ? [held] : [])].map((run) => ({
      run,
      points: pointsOf(run, fit.n),
    }));
    this.clipped(() => {
      this.drawSticks(stage, looks);
      this.dots.draw(stage, looks);
      for (let column = 0; column < fit.n; column++)
        this.drawLine(curve.x, (i) => curve.answers[i * fit.n + column], this.colour(column, looks), looks);
      this.drawHinges(curve, looks);
      this.drawPointed(stage, looks);
      this.drawProbes(stage, looks);
      if (stage.drag?.panel === this) drawRectangle(this.context, stage.drag, looks);
    });
    if (fit.n > 1) nameColumns(this, fit, looks);
    this.tellAll(stage, held);
  }

  /** @param {number} column @param {Looks} looks */
  colour(column, looks) {
    return this.fitted.n > 1 ? looks.classColour(column) : looks.style.boundary;
  }

  /** Say where there are no training data, as far as there is room. @param {Looks} looks */
  writeZones(looks) {
    const { context } = this;
    const [low, high] = this.curve.data;
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "bottom";
    context.fillStyle = looks.style.muted;
    for (const [start, end] of [
      [0, this.x(low)],
      [this.x(high), this.inner.width],
    ]) {
      const forms = [say("no training data"), say("no data")];
      const text = forms.find((form) => context.measureText(form).width < end - start - 4);
      if (text) context.fillText(text, (start + end) / 2, this.inner.height - 3);
    }
    if (!this.curve.hinges || this.fitted.n > 1) return;
    const room = this.x(high) - this.x(low) - 8;
    const forms = [say("● where a hidden unit has z = 0"), say("● a unit’s z = 0")];
    const text = forms.find((form) => context.measureText(form).width < room);
    if (text) context.fillText(text, (this.x(low) + this.x(high)) / 2, this.inner.height - 3);
  }

  /** A line from each of few samples to the curve. @param {Stage} stage @param {Looks} looks */
  drawSticks(stage, looks) {
    const fit = this.fitted;
    if (fit.n > 1 || this.run.n > MOST_STICKS) return;
    const { context } = this;
    const predicted = fit.predicted(stage.epoch);
    const inputs = /** @type {Float32Array} */ (this.run.inputs());
    context.beginPath();
    for (let sample = 0; sample < this.run.n; sample++) {
      const x = this.x(inputs[sample]);
      context.moveTo(x, this.y(fit.targets[sample]));
      const end = this.y(predicted[sample]);
      if (Math.abs(end) < 1e6) context.lineTo(x, end);
    }
    context.lineWidth = 1;
    context.strokeStyle = looks.style.muted;
    context.globalAlpha = 0.55;
    context.stroke();
    context.globalAlpha = 1;
  }

  /** @param {Curve} curve @param {Looks} looks */
  drawHinges({ hinges }, looks) {
    const { context } = this;
    const units = this.fitted.data.contributions?.units ?? [];
    for (const { unit, x, answers } of hinges) {
      const place = this.curve.coloured ? units.indexOf(unit) : -1;
      for (const value of answers) {
        if (!(Math.abs(this.y(value)) < 1e6)) continue;
        context.beginPath();
        context.arc(this.x(x), this.y(value), 5, 0, 2 * Math.PI);
        context.fillStyle = place < 0 ? looks.style.muted : looks.unitColour(place);
        context.fill();
        context.lineWidth = 1.4;
        context.strokeStyle = looks.style.background;
        context.stroke();
      }
    }
  }

  /** The probes, each on the curve. @param {Stage} stage @param {Looks} looks */
  drawProbes(stage, looks) {
    for (const probe of stage.probes) {
      const x =
        probe.input?.[0] ?? (probe.sample === null ? undefined : this.inputOf(probe.set, probe.sample));
      if (x === undefined) continue;
      const [value] = this.fitted.answers(stage.epoch, Float32Array.of(x));
      drawProbe(this.context, [this.x(x), this.y(value)], probe.letter, looks);
    }
  }

  /** @param {number} set @param {number} sample */
  inputOf(set, sample) {
    return this.dots.sets.find(({ run }) => run.data.samples === set)?.run.input(sample)?.[0];
  }

  /** @param {Stage} stage @param {RunModel | null} held */
  tellAll(stage, held) {
    const words = r2Words(this.run, held, stage.epoch);
    writeHeading(this, [say("Data and fitted curve"), say("Fitted curve"), say("Fit")], words);
    this.told.tell(this.pointedWords(stage), stage);
    if (stage.clock.playing) return;
    const label = [
      sayNumber("{title} of {run}: {number} sample.", "{title} of {run}: {number} samples.", this.run.n, {
        title: this.title.textContent ?? "",
        run: this.run.data.name,
      }),
      words[0] ?? "",
      say("Arrow keys go along the input."),
    ];
    this.canvas.setAttribute("aria-label", label.join(" "));
  }

  /** What is pointed at. @param {Stage} stage */
  pointedWords(stage) {
    const { hover, input, epoch } = stage;
    const own = hover && this.dots.sets.find(({ run }) => run.data.samples === hover.set);
    if (hover && own?.run.fit) {
      const at = `${this.inputName} ${short(own.run.input(hover.sample)?.[0] ?? NaN)}`;
      return listed([at, sampleWords(own.run.fit, epoch, hover.sample, this.column)]);
    }
    if (input === null) return say("Point at an input or a sample for its numbers.");
    const answers = this.fitted.answers(epoch, Float32Array.of(input));
    return listed([`${this.inputName} ${short(input)}`, answerWords(this.fitted, answers)]);
  }
}

/** Each sample at its input and its true numbers: (samples · columns · 2,). @param {RunModel} run @param {number} n */
function pointsOf(run, n) {
  const inputs = run.inputs() ?? new Float32Array(run.n);
  const targets = run.fit?.targets ?? new Float32Array(run.n * n);
  return Float32Array.from({ length: 2 * targets.length }, (_, i) =>
    i % 2 ? targets[i >> 1] : inputs[Math.floor((i >> 1) / n)],
  );
}
