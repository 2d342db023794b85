/** The drawing of a plane: regions and their boundary, the input's grid, the samples, and what is followed. */

import { classNumber } from "../core/names.js";
import { roundLength, short } from "../core/numbers.js";
import { outlier } from "../core/outliers.js";
import { regionLabels } from "../core/region_labels.js";
import { ofSet, probeAt, trailOf } from "../core/scene.js";
import { context2d, withoutMiddle } from "./canvas.js";
import { LinearPicture } from "./linear_picture.js";
import { drawMarker } from "./looks.js";
import { drawProbe, drawRectangle, drawRing } from "./marks.js";
import { SpacePicture } from "./space_picture.js";
import { StampLayer } from "./stamps.js";
import { UnitLinesPicture } from "./unit_lines_picture.js";

/** @import { GridLines, Plane, Regions, RunModel } from "../model" */
/** @import { Range } from "../types" */
/** @import { Scene } from "../core/scene.js" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks } from "./looks.js" */
/** @import { PlanePanel } from "./plane_panel.js" */
/** @import { Stamp } from "./stamps.js" */

const MOST_RINGS = 400;
const DIMMED = 0.18;
const LONGEST_BAR = 0.25; // of the width of the plane
const FEW = 4; // classes, which are told apart by their colours
const LEAST = 6; // letters of a name without its middle: fewer say nothing
const LABEL = 9; // pixels around a label that its region has at least

export class PlanePicture {
  /** @param {PlanePanel} panel whose canvas and scales it uses */
  constructor(panel) {
    this.panel = panel;
    this.run = panel.run;
    this.x = panel.x;
    this.y = panel.y;
    this.context = panel.context;
    this.layer = new StampLayer();
    this.mesh = document.createElement("canvas");
    this.units = new UnitLinesPicture(panel);
    this.linear = new LinearPicture(panel);
    this.space = new SpacePicture(panel);
    /** Of points that are drawn in another order than their own. @type {Map<Float32Array, Uint32Array> | undefined} */
    this.orders = undefined;
  }

  get inner() {
    return this.panel.inner;
  }

  get margins() {
    return this.panel.margins;
  }

  get ratio() {
    return this.panel.ratio;
  }

  /** @param {Stage} stage @param {Plane} plane @param {Scene} scene @param {Looks} looks */
  draw(stage, plane, scene, looks) {
    const { context } = this;
    const { width, height } = this.inner;
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    if (scene.regions) this.shade(scene.regions, looks, scene.strength);
    if (scene.linear) this.linear.draw(scene.linear, looks);
    else if (scene.lines) this.drawLines(scene.lines, looks);
    if (scene.space) this.space.draw(scene.space, looks);
    this.orders = scene.space?.orders;
    if (scene.units) this.units.drawUnder(scene.units, looks);
    this.drawBoundary(scene.boundary, looks);
    const heldOut = scene.heldOut && stage.heldOut(this.run);
    const sets = [{ run: this.run, points: scene.points, hollow: false }];
    if (heldOut && scene.heldOut) sets.push({ run: heldOut, points: scene.heldOut, hollow: true });
    sets.sort((a, b) => b.run.n - a.run.n); // the fewer are on top
    for (const { run, points, hollow } of sets) this.drawSamples(run, stage, points, looks, hollow);
    if (scene.units) this.units.drawOver(scene.units, looks);
    if (scene.regions && scene.strength === 1) this.drawLabels(scene.regions, scene, looks);
    this.drawFollowed(stage, plane, scene, looks);
    if (scene.follows) this.drawScaleBar(scene.limits[0], looks);
    context.restore();
  }

  /** @param {Regions} regions @param {Looks} looks @param {number} strength */
  shade(regions, looks, strength) {
    const { size, nClasses, likeliest, highest } = regions;
    const { mesh, context } = this;
    if (mesh.width !== size) mesh.width = mesh.height = size;
    const meshContext = context2d(mesh);
    const image = meshContext.createImageData(size, size);
    const colours = new Uint32Array(looks.shades(nClasses).buffer);
    const pixels = new Uint32Array(image.data.buffer);
    const even = 1 / Math.max(nClasses, 2);
    const scale = 255 / (1 - even);
    for (let row = 0; row < size; row++) {
      const target = (size - 1 - row) * size;
      for (let column = 0; column < size; column++) {
        const at = row * size + column;
        const lead = (highest[at] - even) * scale;
        const step = lead > 0 ? Math.min(255, Math.round(lead)) : 0; // NaN leads nowhere
        pixels[target + column] = colours[likeliest[at] * 256 + step];
      }
    }
    meshContext.putImageData(image, 0, 0);
    const [left, right] = regions.limits[0].map(this.x);
    const [bottom, top] = regions.limits[1].map(this.y);
    // The first and last points of the mesh lie on the edges, half a cell inside the image.
    const [cellX, cellY] = [(right - left) / (size - 1), (bottom - top) / (size - 1)];
    context.imageSmoothingEnabled = true;
    context.globalAlpha = strength;
    context.drawImage(mesh, left - cellX / 2, top - cellY / 2, right - left + cellX, bottom - top + cellY);
    context.globalAlpha = 1;
  }

  /** @param {GridLines} lines @param {Looks} looks */
  drawLines(lines, looks) {
    const { context } = this;
    const { count, length, points } = lines;
    context.lineWidth = 0.9;
    context.lineJoin = "round";
    for (const direction of [0, 1]) {
      context.strokeStyle = direction ? looks.style.grid_y : looks.style.grid_x;
      context.beginPath();
      for (let line = 0; line < count; line++)
        this.trace(points, (direction * count + line) * length, length);
      context.stroke();
    }
  }

  /** @param {Float32Array[]} boundary @param {Looks} looks */
  drawBoundary(boundary, looks) {
    const { context } = this;
    for (const [width, colour] of /** @type {const} */ ([
      [5, looks.style.background],
      [2.2, looks.style.boundary],
    ])) {
      context.beginPath();
      for (const line of boundary) this.trace(line, 0, line.length / 2);
      context.globalAlpha = width === 5 ? 0.6 : 1;
      context.lineCap = "round"; // straight pieces meet
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
    context.globalAlpha = 1;
    context.lineCap = "butt";
  }

  /**
   * Add a line of `length` points to the path; it breaks where it is not finite.
   *
   * @param {ArrayLike<number>} points
   * @param {number} start
   * @param {number} length
   */
  trace(points, start, length) {
    const { context } = this;
    const [ax, bx] = linear(this.x);
    const [ay, by] = linear(this.y);
    let pen = false;
    for (let at = 2 * start; at < 2 * (start + length); at += 2) {
      const x = ax * points[at] + bx;
      const y = ay * points[at + 1] + by;
      if (!(Math.abs(x) < 1e6 && Math.abs(y) < 1e6)) {
        pen = false;
      } else if (pen) {
        context.lineTo(x, y);
      } else {
        context.moveTo(x, y);
        pen = true;
      }
    }
  }

  /**
   * The labels of classes where the network answers them, where there are too many for colours.
   *
   * @param {Regions} regions @param {Scene} scene @param {Looks} looks
   */
  drawLabels(regions, { limits, follows }, looks) {
    if (regions.nClasses <= FEW) return;
    const { context, x, y } = this;
    const [[left, right], [bottom, top]] = regions.limits;
    const steps = regions.size - 1;
    const cell = Math.min(Math.abs(x(right) - x(left)), Math.abs(y(top) - y(bottom))) / steps;
    context.font = "bold 14px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3.5;
    context.strokeStyle = looks.style.background;
    context.fillStyle = looks.style.ink;
    for (const { label, ...at } of regionLabels(regions, limits)) {
      if (at.reach * cell < LABEL) continue;
      if (follows && this.isAtScaleBar(x(at.x), y(at.y))) continue;
      const room = Math.min(2 * at.reach * cell, this.inner.width - LABEL);
      const name = withoutMiddle(context, classNumber(this.run.data, label), room);
      const text = name.length < LEAST && name !== classNumber(this.run.data, label) ? String(label) : name;
      const half = context.measureText(text).width / 2 + 2;
      const middle = Math.min(this.inner.width - half, Math.max(half, x(at.x)));
      context.strokeText(text, middle, y(at.y));
      context.fillText(text, middle, y(at.y));
    }
  }

  /** Whether a label would hide the scale bar. @param {number} x @param {number} y */
  isAtScaleBar(x, y) {
    const { width, height } = this.inner;
    return x < (0.05 + LONGEST_BAR) * width + LABEL && y > 0.94 * height - 16 - LABEL;
  }

  /** @param {number} count */
  radius(count) {
    const room = Math.min(1.4, Math.max(0.75, Math.min(this.inner.width, this.inner.height) / 380));
    return room * (count > 3000 ? 1.7 : count > 600 ? 2.3 : count > 200 ? 3.2 : 4.4);
  }

  /**
   * The samples of a run, or those that it holds out, which are hollow.
   *
   * @param {RunModel} run @param {Stage} stage @param {Float32Array} points @param {Looks} looks
   * @param {boolean} hollow
   */
  drawSamples(run, stage, points, looks, hollow) {
    const { context } = this;
    const members = stage.group && (stage.membersOf(run.data.samples) ?? new Uint8Array(run.n));
    const { stamps, kinds } = this.stampsOf(run, stage, looks, hollow);
    if (members) {
      context.globalAlpha = DIMMED;
      this.stamp(run, points, stamps, kinds, (sample) => !members[sample]);
      context.globalAlpha = 1;
      this.stamp(run, points, stamps, kinds, (sample) => Boolean(members[sample]));
    } else {
      this.stamp(run, points, stamps, kinds, null);
    }
    this.drawMisclassified(run, stage, points, stamps, members, looks);
    this.drawOutliers(run, points, members, looks, hollow);
  }

  /**
   * The markers of samples, and which of them each has: by its class, where it has one.
   *
   * @param {RunModel} run @param {Stage} _stage @param {Looks} looks @param {boolean} hollow
   * @returns {{ stamps: Stamp[], kinds: ArrayLike<number> | null }}
   */
  stampsOf(run, _stage, looks, hollow) {
    const radius = this.radius(run.n) * this.ratio;
    if (!run.labels) return { stamps: [looks.stamp("o", looks.style.loss, radius, hollow)], kinds: null };
    const stamps = Array.from({ length: Math.max(1, run.data.task.n_classes) }, (_, label) =>
      looks.stamp(looks.classMarker(label), looks.classColour(label), radius, hollow),
    );
    return { stamps, kinds: stamps.length > 1 ? run.labels : null };
  }

  /**
   * Misclassified samples once more, on top of the others, each in a ring.
   *
   * @param {RunModel} run
   * @param {Stage} stage
   * @param {Float32Array} points
   * @param {Stamp[]} stamps one for each class
   * @param {Uint8Array | null} members
   * @param {Looks} looks
   */
  drawMisclassified(run, stage, points, stamps, members, looks) {
    const { ratio } = this;
    const { correct } = run.answers(stage.epoch);
    if (!correct) return;
    let wrong = 0;
    for (const right of correct) wrong += 1 - right;
    if (!wrong) return;
    // Of many errors an unchanging choice is marked: sample by sample the same ones at every moment.
    const stride = Math.ceil(run.n / MOST_RINGS);
    const ring = looks.stamp("ring", looks.style.error, (this.radius(run.n) * 1.35 + 2) * ratio);
    const marked = (/** @type {number} */ sample) =>
      !correct[sample] && (wrong <= MOST_RINGS || sample % stride === 0);
    const chosen = members
      ? (/** @type {number} */ sample) => marked(sample) && Boolean(members[sample])
      : marked;
    this.stamp(run, points, stamps, stamps.length > 1 ? run.labels : null, chosen);
    this.stamp(run, points, [ring], null, chosen);
  }

  /**
   * Samples beyond the limits, as arrows at the edge.
   *
   * @param {RunModel} run @param {Float32Array} points @param {Uint8Array | null} members @param {Looks} looks
   * @param {boolean} hollow
   */
  drawOutliers(run, points, members, looks, hollow) {
    const { context } = this;
    const { width, height } = this.inner;
    const [ax, bx] = linear(this.x);
    const [ay, by] = linear(this.y);
    const radius = Math.max(4, 1.5 * this.radius(run.n));
    for (let sample = 0; sample < run.n; sample++) {
      const out = outlier(ax * points[2 * sample] + bx, ay * points[2 * sample + 1] + by, width, height);
      if (!out) continue;
      const colour = run.labels ? looks.classColour(run.labels[sample]) : looks.style.loss;
      context.save();
      context.globalAlpha = members && !members[sample] ? DIMMED : 1;
      context.translate(...out.at);
      context.rotate(out.angle);
      context.translate(-radius, 0); // its tip is at the edge
      if (hollow) drawMarker(context, "arrow", radius, looks.style.background, colour);
      else drawMarker(context, "arrow", radius, colour, looks.style.background);
      context.restore();
    }
  }

  /**
   * Put a marker on every sample, or on those chosen, on whole pixels of the screen.
   *
   * @param {RunModel} run
   * @param {Float32Array} points @param {Stamp[]} stamps one for each kind, or one for all
   * @param {ArrayLike<number> | null} kinds
   * @param {((sample: number) => boolean) | null} chosen
   */
  stamp(run, points, stamps, kinds, chosen) {
    const { context, ratio, margins, layer } = this;
    const [width, height] = [Math.round(this.inner.width * ratio), Math.round(this.inner.height * ratio)];
    const margin = Math.max(...stamps.map(({ side }) => side));
    const [ax, bx] = linear(this.x).map((term) => term * ratio);
    const [ay, by] = linear(this.y).map((term) => term * ratio);
    layer.begin(width, height, margin);
    const reach = margin >> 1;
    const order = this.orders?.get(points);
    for (let i = 0; i < run.n; i++) {
      const sample = order ? order[i] : i;
      if (chosen && !chosen(sample)) continue;
      const x = Math.round(ax * points[2 * sample] + bx);
      const y = Math.round(ay * points[2 * sample + 1] + by);
      if (x >= -reach && x <= width + reach && y >= -reach && y <= height + reach) {
        layer.set(stamps[kinds ? kinds[sample] : 0], x, y);
      }
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    layer.end(context, Math.round(margins.left * ratio), Math.round(margins.top * ratio));
    context.setTransform(ratio, 0, 0, ratio, margins.left * ratio, margins.top * ratio);
  }

  /** How long a round number is, where limits change all the time. @param {Range} side @param {Looks} looks */
  drawScaleBar([low, high], looks) {
    const { context } = this;
    const { width, height } = this.inner;
    const length = roundLength(LONGEST_BAR * (high - low));
    const [left, bottom] = [0.05 * width, height - 0.06 * height];
    const right = left + (length / (high - low)) * width;
    const text = short(length);
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "left";
    context.textBaseline = "bottom";
    context.lineJoin = "round";
    for (const [wide, colour] of /** @type {const} */ ([
      [5.5, looks.style.background],
      [2.2, looks.style.ink],
    ])) {
      context.beginPath();
      context.moveTo(left, bottom);
      context.lineTo(right, bottom);
      context.lineWidth = wide;
      context.strokeStyle = colour;
      context.stroke();
    }
    context.lineWidth = 3;
    context.strokeStyle = looks.style.background;
    context.strokeText(text, left, bottom - 3);
    context.fillStyle = looks.style.ink;
    context.fillText(text, left, bottom - 3);
  }

  /** @param {Stage} stage @param {Plane} plane @param {Scene} scene @param {Looks} looks */
  drawFollowed(stage, plane, scene, looks) {
    for (const probe of stage.probes) {
      if (!scene.morphing) this.drawTrail(trailOf(this.run, plane, probe), looks);
      const at = probeAt(this.run, plane, stage, probe, scene.morphing);
      if (at) drawProbe(this.context, this.inside(at[0], at[1]), probe.letter, looks);
    }
    if (stage.hover) {
      const { set, sample } = stage.hover;
      const points = set === this.run.data.samples ? scene.points : scene.heldOut;
      if (points && ofSet(this.run, set))
        drawRing(this.context, this.inside(points[2 * sample], points[2 * sample + 1]), 8, looks);
    }
    if (this.panel.cross) drawRing(this.context, this.panel.cross, 4, looks);
    if (stage.drag?.panel === this.panel) drawRectangle(this.context, stage.drag, looks);
  }

  /** Where a point is in pixels, at the edge where it is beyond. @param {number} x @param {number} y @returns {[number, number]} */
  inside(x, y) {
    const { width, height } = this.inner;
    return [Math.min(width, Math.max(0, this.x(x))), Math.min(height, Math.max(0, this.y(y)))];
  }

  /** @param {Float32Array} trail @param {Looks} looks */
  drawTrail(trail, looks) {
    const { context } = this;
    context.beginPath();
    this.trace(trail, 0, trail.length / 2);
    context.lineWidth = 1.4;
    context.setLineDash([2, 3]);
    context.strokeStyle = looks.style.ink;
    context.stroke();
    context.setLineDash([]);
  }
}

/**
 * Factor and offset of a linear scale: quicker than calling it for every point.
 *
 * @param {(value: number) => number} scale
 * @returns {[number, number]}
 */
function linear(scale) {
  const offset = scale(0);
  return [scale(1) - offset, offset];
}
