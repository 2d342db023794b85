/** The paths of one run or several over the loss surface of their network. */

import { scaleLinear } from "d3-scale";
import { haveOneScale } from "../core/grid.js";
import { listed, say, told } from "../core/language.js";
import { nearestOfSets } from "../core/nearest.js";
import { epochText, percent, short } from "../core/numbers.js";
import { rising } from "../core/ramps.js";
import { timesOf } from "../core/surface.js";
import { numberPlaces } from "./contour_numbers.js";
import { movedCross } from "./cross.js";
import { fitted } from "./canvas.js";
import { writeHeading } from "./heading.js";
import { rgb } from "./looks.js";
import { drawRing } from "./marks.js";
import { MeshPaint } from "./mesh_paint.js";
import { Panel, followPointer } from "./panel.js";
import { Told } from "./told.js";

/** @import { RunModel } from "../model" */
/** @import { Stage } from "../core/stage.js" */
/** @import { LossSurface, Path, PathMoment } from "../core/surface.js" */
/** @import { Looks } from "./looks.js" */

/** @typedef {{ run: RunModel, index: number, path: Path }} Going */

const REACH = 20; // pixels within which a pointer finds a snapshot
const APART = 64; // pixels between numbers of contours
const FROM_PATHS = 20; // pixels between them and paths
const ARROW = 34; // pixels, that of each of several runs
const HEAD = 8; // pixels
const BESIDE = 11; // pixels from a dot to its name
const MOST_STOPS = 400; // snapshots that are marked

export class TrajectoryPanel extends Panel {
  /** @param {Going[]} going runs on one surface @param {Stage} stage */
  constructor(going, stage) {
    const [{ path }] = going;
    const { limits } = path.surface.data;
    const [wide, high] = limits.map(([low, top]) => top - low);
    const title = going.length > 1 ? say("Paths over the loss surface") : say("Path over the loss surface");
    super(
      "trajectory",
      title,
      { left: 44, bottom: 34 },
      haveOneScale(limits) ? [wide / high, wide / high] : [1, 1.6],
    );
    this.going = going;
    this.surface = path.surface;
    this.x = scaleLinear();
    this.y = scaleLinear();
    this.paint = new MeshPaint();
    /** Where a pointer or the keyboard's cross is, in pixels. @type {[number, number] | null} */
    this.at = null;
    this.crossed = false;
    this.titles = going.length > 1 ? [title, say("Paths over the loss")] : [title, say("Path over the loss")];
    this.told = new Told(this);
    /** Places of the contours' numbers, and what they were found for. @type {{ key: string, places: ([number, number] | null)[] }} */
    this.numbers = { key: "", places: [] };
    this.followReader(stage);
  }

  /** @param {Stage} stage */
  followReader(stage) {
    const { canvas } = this;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", say("plane"));
    const point = (/** @type {[number, number] | null} */ at) => {
      [this.at, this.crossed] = [at, false];
      stage.changed();
    };
    followPointer(this, {
      hover: point,
      click: (at) => this.seek(stage, at),
      drag: (_, to) => this.seek(stage, to),
    });
    canvas.addEventListener("keydown", (event) => {
      const moved = movedCross(event, this.at, this.inner);
      if (moved) [this.at, this.crossed] = [moved, true];
      else if (event.key === "Enter" && this.at) this.seek(stage, this.at);
      else return;
      stage.changed();
      event.preventDefault();
      event.stopPropagation();
    });
    canvas.addEventListener("blur", () => point(null));
  }

  /** Go to the epoch of the nearest snapshot. @param {Stage} stage @param {[number, number]} at */
  seek(stage, at) {
    const found = this.nearest(at);
    if (!found) return;
    stage.clock.show(found.epoch);
    stage.clock.playing = false;
    stage.changed();
  }

  /** The snapshot nearest to a place, within reach. @param {[number, number]} at */
  nearest(at) {
    const sets = this.going.map(({ path }) => path.points);
    const found = nearestOfSets(sets, [this.x, this.y], at, this.inner, REACH);
    if (!found) return null;
    const { run, path } = this.going[found.set];
    return { run, epoch: path.data.epochs[found.place], loss: path.losses[found.place] };
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const { surface } = this;
    const { limits, names, shares } = surface.data;
    const { width, height } = this.inner;
    this.x.domain(limits[0]).range([0, width]);
    this.y.domain(limits[1]).range([height, 0]);
    const named = names.map((name, axis) =>
      shares ? `${told(name)} (${percent(shares[axis])})` : told(name),
    );
    writeHeading(this, this.titles, shareWords(this.surface));
    this.axes(this.x, this.y, { xName: named[0], yName: named[1], inside: false });
    const context = this.begin();
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    this.drawSurface(looks);
    const moments = this.going.map(({ path }) => path.at(stage.epoch));
    this.going.forEach((each, i) => this.drawPath(each, moments[i], looks));
    this.going.forEach((each, i) => this.drawNow(each, moments[i], looks));
    if (this.going.length > 1) this.drawNames(moments, looks);
    if (this.at && this.crossed) drawRing(context, this.at, 4, looks);
    context.restore();
    this.drawWords(moments, looks);
    this.tell(stage, moments);
  }

  /** @param {Looks} looks */
  drawSurface(looks) {
    const { surface, context } = this;
    const share = (/** @type {number} */ at) => surface.shareOf(surface.heights[at]);
    const scales = /** @type {[(value: number) => number, (value: number) => number]} */ ([this.x, this.y]);
    const { background, faint, ink, muted } = looks.style;
    this.paint.paint(
      context,
      scales,
      surface.data.limits,
      surface.size,
      share,
      rising(rgb(background)),
      rgb(faint),
    );
    context.beginPath();
    for (const line of surface.lines) {
      for (let at = 0; at < line.length; at += 4) {
        context.moveTo(this.x(line[at]), this.y(line[at + 1]));
        context.lineTo(this.x(line[at + 2]), this.y(line[at + 3]));
      }
    }
    context.lineWidth = 0.9;
    context.strokeStyle = ink;
    context.globalAlpha = 0.34;
    context.stroke();
    context.globalAlpha = 1;
    const first = this.surface.lines.length >> 1;
    this.places().forEach((place, level) => {
      if (!place) return;
      const value = short(surface.data.levels[level]);
      this.write(level === first ? say("loss {value}", { value }) : value, place, muted, looks);
    });
  }

  /** Where the numbers of the contours stand, as long as the panel has its size. */
  places() {
    const { width, height } = this.inner;
    const key = `${width} ${height}`;
    if (this.numbers.key !== key) {
      const others = this.going.map(({ path }) => dense(path.points));
      const places = numberPlaces(
        this.surface.lines,
        [this.x, this.y],
        { width, height: height - 24 },
        {
          apart: APART,
          beside: 34,
          others,
          fromOthers: FROM_PATHS,
          value: (_, free) => free,
        },
      );
      this.numbers = { key, places };
    }
    return this.numbers.places;
  }

  /** Words in the middle of a place, with a rim. @param {string} text @param {[number, number]} at @param {string} colour @param {Looks} looks @param {CanvasTextAlign} [align] @param {string} [font] */
  write(text, at, colour, looks, align = "center", font = "11px system-ui, sans-serif") {
    const { context } = this;
    context.font = font;
    context.textAlign = align;
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = looks.style.background;
    context.strokeText(text, ...at);
    context.fillStyle = colour;
    context.fillText(text, ...at);
  }

  /** @param {Going} going @param {Looks} looks */
  colour({ index }, looks) {
    return looks.runColour(index);
  }

  /** The way up to now, a ring where it began, and a dot for each snapshot. @param {Going} going @param {PathMoment} moment @param {Looks} looks */
  drawPath(going, { way }, looks) {
    const { context } = this;
    const colour = this.colour(going, looks);
    const start = going.path.point(0);
    context.beginPath();
    context.arc(this.x(start[0]), this.y(start[1]), 5.5, 0, 2 * Math.PI);
    context.fillStyle = looks.style.background;
    context.fill();
    context.lineWidth = 1.6;
    context.strokeStyle = looks.style.ink;
    context.stroke();
    context.lineCap = context.lineJoin = "round";
    for (const [width, ink, alpha] of /** @type {const} */ ([
      [5, looks.style.background, 0.75],
      [2.2, colour, 1],
    ])) {
      context.beginPath();
      for (let at = 0; at < way.length; at += 2) context.lineTo(this.x(way[at]), this.y(way[at + 1]));
      context.lineWidth = width;
      context.strokeStyle = ink;
      context.globalAlpha = alpha;
      context.stroke();
    }
    context.lineCap = "butt";
    if (way.length > 2 * MOST_STOPS) return;
    context.beginPath();
    for (let at = 0; at < way.length - 2; at += 2) {
      const [x, y] = [this.x(way[at]), this.y(way[at + 1])];
      context.moveTo(x + 1.8, y);
      context.arc(x, y, 1.8, 0, 2 * Math.PI);
    }
    context.fillStyle = colour;
    context.fill();
  }

  /** Where a run is now: a dot with an arrow along its last step; a cross where its path has ended. @param {Going} going @param {PathMoment} moment @param {Looks} looks */
  drawNow(going, { now, step, ended }, looks) {
    const { context } = this;
    const at = /** @type {[number, number]} */ ([this.x(now[0]), this.y(now[1])]);
    if (ended)
      return this.write("✕", at, looks.style.error, looks, "center", "bold 16px system-ui, sans-serif");
    const colour = this.colour(going, looks);
    const times = timesOf(step, this.surface.data.limits);
    let along = [this.x(now[0] + times * step[0]) - at[0], this.y(now[1] + times * step[1]) - at[1]];
    const length = Math.hypot(...along);
    if (this.going.length > 1) along = along.map((part) => (part * ARROW) / length);
    if (length > 0.5) this.drawArrow(at, along, colour, looks);
    context.beginPath();
    context.arc(...at, 5.5, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = 1.6;
    context.strokeStyle = looks.style.background;
    context.stroke();
  }

  /** @param {[number, number]} from @param {number[]} along @param {string} colour @param {Looks} looks */
  drawArrow([x, y], along, colour, looks) {
    const { context } = this;
    const long = Math.hypot(...along);
    context.save();
    context.translate(x, y);
    context.rotate(Math.atan2(along[1], along[0]));
    for (const [rim, ink] of /** @type {const} */ ([
      [2.5, looks.style.background],
      [0, colour],
    ])) {
      context.beginPath();
      context.moveTo(0, 0);
      context.lineTo(Math.max(0, long - HEAD), 0);
      context.lineWidth = 2.4 + rim;
      context.strokeStyle = ink;
      context.stroke();
      context.beginPath();
      context.moveTo(long, 0);
      context.lineTo(long - HEAD, HEAD * 0.55);
      context.lineTo(long - HEAD, -HEAD * 0.55);
      context.closePath();
      context.lineWidth = rim;
      if (rim) context.stroke();
      context.fillStyle = ink;
      context.fill();
    }
    context.restore();
  }

  /** The name of each run beside its dot, one below the other where they would meet. @param {PathMoment[]} moments @param {Looks} looks */
  drawNames(moments, looks) {
    const { width, height } = this.inner;
    const { context } = this;
    const font = "bold 12px system-ui, sans-serif";
    context.font = font;
    const named = this.going
      .map((each, i) => ({ each, x: this.x(moments[i].now[0]), y: this.y(moments[i].now[1]) }))
      .sort((a, b) => a.y - b.y);
    let above = -Infinity;
    for (const { each, x, y } of named) {
      const text = fitted(context, each.run.data.name, width / 2);
      const right = x + BESIDE + context.measureText(text).width < width;
      above = Math.min(height - 10, Math.max(9, y, above + 15));
      const at = /** @type {[number, number]} */ ([right ? x + BESIDE : x - BESIDE, above]);
      this.write(text, at, this.colour(each, looks), looks, right ? "left" : "right", font);
    }
  }

  /** What arrows are, in the corner below. @param {PathMoment[]} moments @param {Looks} looks */
  drawWords(moments, looks) {
    const { height, width } = this.inner;
    this.context.font = "11px system-ui, sans-serif";
    const text = fitted(this.context, this.arrowWords(moments), width - 10);
    this.write(text, [5, height - 10], looks.style.ink, looks, "left");
  }

  /** @param {PathMoment[]} moments */
  arrowWords(moments) {
    if (this.going.length > 1) return say("arrows: the direction of the last step");
    const times = timesOf(moments[0].step, this.surface.data.limits);
    return times === 1
      ? say("arrow: the last step")
      : say("arrow: the last step × {times}", { times: short(times) });
  }

  /** @param {Stage} stage @param {PathMoment[]} moments */
  tell(stage, moments) {
    this.told.tell(this.pointedWords() || this.lossWords(moments), stage);
    if (stage.clock.playing) return;
    const label = [
      `${this.titles[0]}: ${this.going.map(({ run }) => run.data.name).join(" · ")}.`,
      `${this.lossWords(moments)}.`,
      say("Arrow keys move a cross, Enter goes to the epoch of the nearest snapshot."),
    ];
    this.canvas.setAttribute("aria-label", label.join(" "));
  }

  /** The loss of each run now. @param {PathMoment[]} moments */
  lossWords(moments) {
    return listed(
      moments.map(({ loss, off, onPlane }, i) => {
        const { name } = this.going[i].run.data;
        const values = { loss: short(loss), other: short(onPlane), off: percent(off) };
        const said = Number.isFinite(off)
          ? say("loss {loss}; on the plane, {off} of the path away, {other}", values)
          : say("loss {loss}", values);
        return this.going.length > 1 ? `${name} ${said}` : said;
      }),
    );
  }

  /** The loss at the place that is pointed at, and the snapshot nearby. */
  pointedWords() {
    if (!this.at) return "";
    const loss = this.surface.at(this.x.invert(this.at[0]), this.y.invert(this.at[1]));
    const near = this.nearest(this.at);
    return listed([
      Number.isFinite(loss)
        ? say("here about {loss}", { loss: short(loss) })
        : say("here the loss is not finite"),
      near
        ? say("nearest: epoch {epoch} of {run} with loss {loss}", {
            epoch: epochText(near.epoch, !Number.isInteger(near.epoch)),
            run: near.run.data.name,
            loss: short(near.loss),
          })
        : "",
    ]);
  }
}

/** How much of the paths the plane holds, from the longest form on. @param {LossSurface} surface */
function shareWords({ data: { shares } }) {
  if (!shares) return [say("exact: these are all weights"), say("exact")];
  const share = percent(shares[0] + shares[1]);
  return [say("the plane holds {share} of the path", { share }), share];
}

/** A path with points between its own, which numbers keep away from as well. @param {Float32Array} points */
function dense(points) {
  const between = 4;
  const n = points.length / 2;
  return Float32Array.from({ length: 2 * Math.max(1, (n - 1) * between) }, (_, i) => {
    const [place, axis] = [(i >> 1) / between, i % 2];
    const before = Math.floor(place);
    const after = Math.min(n - 1, before + 1);
    return (
      points[2 * before + axis] + (points[2 * after + axis] - points[2 * before + axis]) * (place - before)
    );
  });
}
