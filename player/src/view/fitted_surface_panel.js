/** A regression of two inputs in their plane: what it answers as a map with true values as discs, and its residuals. */

import { answerWords, columnName, r2Words, sampleWords } from "../core/fit_words.js";
import { listed, say } from "../core/language.js";
import { short } from "../core/numbers.js";
import { INPUT_PLANE } from "../core/planes.js";
import { diverging, heat } from "../core/ramps.js";
import { numberPlaces } from "./contour_numbers.js";
import { writeHeading } from "./heading.js";
import { rgb } from "./looks.js";
import { MeshPaint } from "./mesh_paint.js";
import { followPointer } from "./panel.js";
import { PlanePanel } from "./plane_panel.js";
import { PlanePicture } from "./plane_picture.js";
import { Told } from "./told.js";

/** @import { Fit } from "../core/fit.js" */
/** @import { Plane, RunModel } from "../model" */
/** @import { FitData, Range } from "../types" */
/** @import { Scene } from "../core/scene.js" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks } from "./looks.js" */

/** @typedef {FitData["surfaces"][number]} SurfaceFit */

const SHADES = 32; // of discs
const DISC = 1.35; // their size, as a multiple of that of other samples
const [SMALLEST, LARGEST] = [0.4, 2.6]; // of those of residuals
const [LINE, HALO] = ["#ffffff", "#1a1a1a"]; // of contours and their numbers, on any colour
const APART = 46; // pixels between numbers

/** The input plane of a regression, of one column of what it predicts. */
class FitPlanePanel extends PlanePanel {
  /** @param {RunModel} run @param {Fit} fit @param {Stage} stage @param {number} column @param {string[]} titles from the longest on */
  constructor(run, fit, stage, column, titles) {
    // Neither the input's grid nor lines of units are shown here, and need not be computed.
    const bare = /** @type {RunModel} */ (
      Object.assign(Object.create(run), { lines: () => null, units: () => null })
    );
    super(
      bare,
      stage,
      () => INPUT_PLANE,
      () => titles[0],
    );
    this.titles = titles;
    this.fitted = fit;
    this.column = column;
    /** Where the pointer is. @type {[number, number] | null} */
    this.at = null;
    this.told = new Told(this);
    followPointer(this, {
      hover: (at) => {
        this.at = at;
        stage.changed();
      },
    });
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    super.draw(stage, looks);
    writeHeading(this, this.titles, this.asides(stage));
    this.told.tell(this.pointedWords(stage), stage);
  }

  /** What stands at the end of the title's line. @param {Stage} stage @returns {string[]} */
  asides(stage) {
    return r2Words(this.run, stage.heldOut(this.run), stage.epoch, this.column);
  }

  /** @param {Stage} stage */
  pointedWords(stage) {
    const { hover, epoch } = stage;
    const own = [this.run, stage.heldOut(this.run)].find((run) => run && run.data.samples === hover?.set);
    if (hover && own?.fit)
      return listed([
        this.placeWords(own.input(hover.sample) ?? []),
        sampleWords(own.fit, epoch, hover.sample, this.column),
      ]);
    const at = this.at ?? this.cross;
    if (!at) return say("Point at a place or a sample for its numbers.");
    const place = Float32Array.of(this.x.invert(at[0]), this.y.invert(at[1]));
    const answer = this.fitted.answers(epoch, place);
    const shown = this.fitted.n > 1 ? this.named(answer) : answerWords(this.fitted, answer);
    return listed([this.placeWords(place), shown]);
  }

  /** @param {Float32Array} answer of all columns */
  named(answer) {
    const name = columnName(this.fitted, this.column);
    return say("predicted {name} {value}", { name, value: short(answer[this.column]) });
  }

  /** @param {ArrayLike<number>} place */
  placeWords(place) {
    const names = this.run.axisNames(INPUT_PLANE);
    return listed(Array.from(place, (value, axis) => `${names[axis]} ${short(value)}`));
  }
}

/** What is answered over the plane, in colours and contours. */
export class FittedSurfacePanel extends FitPlanePanel {
  /** @param {RunModel} run @param {Fit} fit @param {Stage} stage @param {SurfaceFit} surface */
  constructor(run, fit, stage, surface) {
    const name = columnName(fit, surface.column);
    const titles = name
      ? [
          say("Predicted {name}, and true values as discs", { name }),
          say("Predicted {name}, discs: true", { name }),
          say("Predicted {name}", { name }),
        ]
      : [say("Prediction, and true values as discs"), say("Prediction, discs: true"), say("Prediction")];
    super(run, fit, stage, surface.column, titles);
    this.surface = surface;
    this.picture = new SurfacePicture(this, surface);
  }
}

/** Where in the plane samples are predicted too low or too high. */
export class ResidualPlanePanel extends FitPlanePanel {
  /** @param {RunModel} run @param {Fit} fit @param {Stage} stage */
  constructor(run, fit, stage) {
    super(run, fit, stage, 0, [say("Residuals")]);
    const { largest } = /** @type {{ largest: number }} */ (fit.data.residuals);
    this.picture = new ResidualPicture(this, largest);
  }

  /** @override */
  asides() {
    return [say("red: predicted too low, blue: too high"), say("red: too low, blue: too high")];
  }
}

class SurfacePicture extends PlanePicture {
  /** @param {FittedSurfacePanel} panel @param {SurfaceFit} surface */
  constructor(panel, surface) {
    super(panel);
    this.fitted = panel.fitted;
    this.surface = surface;
    this.paint = new MeshPaint();
    this.colours = heat();
  }

  /** @override @param {Stage} stage @param {Plane} plane @param {Scene} scene @param {Looks} looks */
  draw(stage, plane, scene, looks) {
    const { context, surface } = this;
    const { column, levels, values } = surface;
    const { width, height } = this.inner;
    const found = this.fitted.surface(stage.epoch, column, levels, scene.limits);
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    const share = (/** @type {number} */ at) => shareOf(found.values[at], values);
    this.paint.paint(context, [this.x, this.y], scene.limits, found.size, share, this.colours);
    context.beginPath();
    for (const line of found.lines) for (let at = 0; at < line.length; at += 4) this.trace(line, at / 2, 2);
    context.lineWidth = 1.2;
    context.strokeStyle = LINE;
    context.globalAlpha = 0.8;
    context.stroke();
    context.restore();
    super.draw(stage, plane, scene, looks);
    this.writeNumbers(found.lines);
  }

  /** @param {Float64Array[]} lines */
  writeNumbers(lines) {
    const { context } = this;
    const { width, height } = this.inner;
    // Near the diagonal that falls, where they stay while lines move.
    const value = (/** @type {[number, number]} */ [x, y]) => -Math.abs(x / width - y / height);
    const places = numberPlaces(lines, [this.x, this.y], this.inner, { apart: APART, value });
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3;
    places.forEach((place, level) => {
      if (!place) return;
      const text = short(this.surface.levels[level]);
      context.strokeStyle = HALO;
      context.strokeText(text, ...place);
      context.fillStyle = LINE;
      context.fillText(text, ...place);
    });
  }

  /** Discs in the colours of their true values. @override @param {RunModel} run @param {Stage} _stage @param {Looks} looks @param {boolean} hollow */
  stampsOf(run, _stage, looks, hollow) {
    const radius = DISC * this.radius(run.n) * this.ratio;
    const stamps = Array.from({ length: SHADES }, (_, shade) =>
      looks.disc(hex(this.colours[Math.round((255 * shade) / (SHADES - 1))]), radius, hollow ? 1 : 0.5),
    );
    const { column, values } = this.surface;
    const targets = run.fit?.targets ?? new Float32Array(0);
    const kinds = Uint8Array.from({ length: run.n }, (_, sample) =>
      Math.round((SHADES - 1) * shareOf(targets[sample * this.fitted.n + column], values)),
    );
    return { stamps, kinds };
  }
}

class ResidualPicture extends PlanePicture {
  /** @param {ResidualPlanePanel} panel @param {number} largest */
  constructor(panel, largest) {
    super(panel);
    this.largest = largest;
  }

  /** Discs as large as residuals, in the hue of their sign. @override @param {RunModel} run @param {Stage} stage @param {Looks} looks @param {boolean} hollow */
  stampsOf(run, stage, looks, hollow) {
    const colours = diverging(rgb(looks.style.background));
    const radius = this.radius(run.n) * this.ratio;
    const stamps = Array.from({ length: SHADES + 1 }, (_, kind) => {
      const share = (2 * kind) / SHADES - 1;
      const strong = Math.sign(share) * (0.35 + 0.65 * Math.abs(share)); // small discs need a hue, too
      const size = radius * (SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(Math.abs(share)));
      return looks.stamp("o", hex(colours[Math.round(((strong + 1) / 2) * 255)]), Math.max(1, size), hollow);
    });
    const { fit } = run;
    const predicted = fit?.predicted(stage.epoch) ?? new Float32Array(run.n);
    const targets = fit?.targets ?? predicted;
    const kinds = Uint8Array.from({ length: run.n }, (_, sample) => {
      const share = Math.max(-1, Math.min(1, (targets[sample] - predicted[sample]) / this.largest)) || 0;
      return Math.round(((share + 1) / 2) * SHADES);
    });
    return { stamps, kinds };
  }
}

/** @param {number} value @param {Range} range */
const shareOf = (value, [low, high]) => Math.max(0, Math.min(1, (value - low) / (high - low || 1)));

/** @param {number[]} colour */
const hex = (colour) => `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
