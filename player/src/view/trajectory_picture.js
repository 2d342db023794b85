/** The drawing of paths over a loss surface: shades and contours, ways, dots with arrows, and names. */

import { say } from "../core/language.js";
import { short } from "../core/numbers.js";
import { rising } from "../core/ramps.js";
import { timesOf } from "../core/surface.js";
import { fitted } from "./canvas.js";
import { numberPlaces } from "./contour_numbers.js";
import { rgb } from "./looks.js";
import { MeshPaint } from "./mesh_paint.js";

/** @import { PathMoment } from "../core/surface.js" */
/** @import { Looks } from "./looks.js" */
/** @import { Going, TrajectoryPanel } from "./trajectory_panel.js" */

const APART = 64; // pixels between numbers of contours
const FROM_PATHS = 20; // pixels between them and paths
const ARROW = 34; // pixels, that of each of several runs
const HEAD = 8; // pixels
const BESIDE = 11; // pixels from a dot to its name
const MOST_STOPS = 400; // snapshots that are marked

export class TrajectoryPicture {
  /** @param {TrajectoryPanel} panel whose canvas and scales it uses */
  constructor(panel) {
    this.panel = panel;
    this.context = panel.context;
    this.x = panel.x;
    this.y = panel.y;
    this.paint = new MeshPaint();
    /** Places of the contours' numbers, and what they were found for. @type {{ key: string, places: ([number, number] | null)[] }} */
    this.numbers = { key: "", places: [] };
  }

  /** @param {Looks} looks */
  drawSurface(looks) {
    const { context } = this;
    const { surface } = this.panel;
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
    const first = surface.lines.length >> 1;
    this.places().forEach((place, level) => {
      if (!place) return;
      const value = short(surface.data.levels[level]);
      this.write(level === first ? say("loss {value}", { value }) : value, place, muted, looks);
    });
  }

  /** Where the numbers of the contours stand, as long as the panel has its size. */
  places() {
    const { width, height } = this.panel.inner;
    const key = `${width} ${height}`;
    if (this.numbers.key !== key) {
      const others = this.panel.going.map(({ path }) => dense(path.points));
      const places = numberPlaces(
        this.panel.surface.lines,
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
    const times = timesOf(step, this.panel.surface.data.limits);
    let along = [this.x(now[0] + times * step[0]) - at[0], this.y(now[1] + times * step[1]) - at[1]];
    const length = Math.hypot(...along);
    if (this.panel.going.length > 1) along = along.map((part) => (part * ARROW) / length);
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
    const { width, height } = this.panel.inner;
    const { context } = this;
    const font = "bold 12px system-ui, sans-serif";
    context.font = font;
    const named = this.panel.going
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
