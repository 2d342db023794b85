/** A plane: regions and their boundary, the input's grid, the samples, and what the reader follows. */

import { scaleLinear } from "d3-scale";
import { quantity } from "../core/words.js";
import { context2d, drawMarker } from "./looks.js";
import { Panel, followPointer } from "./panel.js";
import { probeAt, sceneOf, trailOf } from "../core/scene.js";
import { StampLayer } from "./stamps.js";

/** @import { GridLines, Plane, Regions, RunModel } from "../model" */
/** @import { Looks } from "./looks.js" */
/** @import { Scene } from "../core/scene.js" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Stamp } from "./stamps.js" */

const REACH = 14; // pixels within which a pointer finds a sample
const MOST_CROSSES = 400;
const DIMMED = 0.18;

export class PlanePanel extends Panel {
  /**
   * @param {RunModel} run @param {Stage} stage
   * @param {(stage: Stage) => Plane} planeOf
   * @param {(plane: Plane) => string} titleOf
   */
  constructor(run, stage, planeOf, titleOf) {
    super("plane", "", { left: 40 });
    this.run = run;
    this.planeOf = planeOf;
    this.titleOf = titleOf;
    this.x = scaleLinear();
    this.y = scaleLinear();
    this.layer = new StampLayer();
    this.mesh = document.createElement("canvas");
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {[number, number] | null} */
    this.cross = null; // a pointer for those who use the keyboard
    this.followReader(stage);
  }

  /** @param {Stage} stage */
  followReader(stage) {
    const { canvas } = this;
    const set = this.run.data.samples;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "plane");
    followPointer(this, {
      hover: (at) => stage.point(at ? this.sampleAt(at) : null),
      click: (at) => this.placeProbe(stage, at),
      drag: (from, to, ended) => {
        stage.drag = ended ? null : { panel: this, from, to };
        stage.followGroup(set, this.within(from, to));
      },
    });
    canvas.addEventListener("keydown", (event) => {
      if (this.steer(event, stage)) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
    canvas.addEventListener("blur", () => {
      this.cross = null;
      stage.point(null);
      stage.changed();
    });
  }

  /**
   * Move the cross by the arrow keys, place a probe with Enter.
   *
   * @param {KeyboardEvent} event
   * @param {Stage} stage
   */
  steer(event, stage) {
    const step = event.shiftKey ? 40 : 8;
    const move = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    })[event.key];
    const { width, height } = this.inner;
    if (move && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const [x, y] = this.cross ?? [width / 2, height / 2];
      this.cross = [Math.min(width, Math.max(0, x + move[0])), Math.min(height, Math.max(0, y + move[1]))];
      stage.point(this.sampleAt(this.cross));
      stage.changed();
      return true;
    }
    if (event.key === "Enter" && this.cross) {
      this.placeProbe(stage, this.cross);
      return true;
    }
    return false;
  }

  /**
   * On the input plane any point can be asked about; elsewhere it is the nearest sample that is followed.
   *
   * @param {Stage} stage
   * @param {[number, number]} at
   */
  placeProbe(stage, at) {
    const set = this.run.data.samples;
    const found = this.sampleAt(at);
    if (found) {
      stage.probe({ set, sample: found.sample, input: null });
    } else if (this.run.asks && this.planeOf(stage).layer === null) {
      stage.probe({ set, sample: null, input: Float32Array.of(this.x.invert(at[0]), this.y.invert(at[1])) });
    }
  }

  /**
   * The nearest sample within reach.
   *
   * @param {[number, number]} at
   * @returns {{ set: number, sample: number } | null}
   */
  sampleAt([x, y]) {
    if (!this.scene) return null;
    const { points } = this.scene;
    let nearest = -1;
    let least = REACH * REACH;
    for (let sample = 0; sample < this.run.n; sample++) {
      const across = this.x(points[2 * sample]) - x;
      const up = this.y(points[2 * sample + 1]) - y;
      const distance = across * across + up * up;
      if (distance < least) [least, nearest] = [distance, sample];
    }
    return nearest < 0 ? null : { set: this.run.data.samples, sample: nearest };
  }

  /** The samples in a rectangle. @param {[number, number]} from @param {[number, number]} to */
  within(from, to) {
    const members = new Uint8Array(this.run.n);
    if (!this.scene) return members;
    const { points } = this.scene;
    const sides = [0, 1].map((axis) => [from[axis], to[axis]].sort((a, b) => a - b));
    for (let sample = 0; sample < this.run.n; sample++) {
      const x = this.x(points[2 * sample]);
      const y = this.y(points[2 * sample + 1]);
      members[sample] = Number(x >= sides[0][0] && x <= sides[0][1] && y >= sides[1][0] && y <= sides[1][1]);
    }
    return members;
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const { width, height } = this.inner;
    const plane = this.planeOf(stage);
    const scene = sceneOf(this.run, plane, stage, width / height);
    this.scene = scene;
    this.x.domain(scene.limits[0]).range([0, width]);
    this.y.domain(scene.limits[1]).range([height, 0]);
    this.axes(this.x, this.y, {
      xName: scene.names[0],
      yName: scene.names[1],
      inside: true,
      yTicks: Math.max(2, Math.round(height / 80)),
    });
    this.title.textContent = this.titleOf(plane);
    const context = this.begin();
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    if (scene.regions) this.shade(scene.regions, looks);
    if (scene.lines) this.drawLines(scene.lines, looks);
    this.drawBoundary(scene.boundary, looks);
    this.drawSamples(stage, scene.points, looks);
    this.drawFollowed(stage, plane, scene, looks);
    context.restore();
    this.describe(plane, stage);
  }

  /** @param {Plane} plane @param {Stage} stage */
  describe(plane, stage) {
    if (stage.clock.playing) return;
    const correct = this.run.answers(stage.epoch).correct;
    const right = correct
      ? `, ${correct.reduce((sum, one) => sum + one, 0)} of ${this.run.n} samples are right`
      : "";
    this.canvas.setAttribute(
      "aria-label",
      `${this.titleOf(plane)} of ${this.run.data.name}: ${quantity(this.run.n, "sample")}${right}. ` +
        "Arrow keys move a cross, Enter follows what is under it.",
    );
  }

  /** @param {Regions} regions @param {Looks} looks */
  shade(regions, looks) {
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
    const { width, height } = this.inner;
    // The first and last points of the mesh lie on the edges, half a cell inside the image.
    const [cellX, cellY] = [width / (size - 1), height / (size - 1)];
    context.imageSmoothingEnabled = true;
    context.drawImage(mesh, -cellX / 2, -cellY / 2, width + cellX, height + cellY);
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
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /**
   * Add a line of `length` points to the path; it breaks where it is not finite.
   *
   * @param {Float32Array} points
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

  /** @param {number} count */
  radius(count) {
    const room = Math.min(1.4, Math.max(0.75, Math.min(this.inner.width, this.inner.height) / 380));
    return room * (count > 3000 ? 1.7 : count > 600 ? 2.3 : count > 200 ? 3.2 : 4.4);
  }

  /** @param {Stage} stage @param {Float32Array} points @param {Looks} looks */
  drawSamples(stage, points, looks) {
    const { run, context, ratio } = this;
    const members = stage.membersOf(run.data.samples);
    const radius = this.radius(run.n) * ratio;
    const nClasses = Math.max(1, run.data.task.n_classes);
    const stamps = Array.from({ length: nClasses }, (_, label) =>
      run.labels
        ? looks.stamp(looks.classMarker(label), looks.classColour(label), radius)
        : looks.stamp("o", looks.style.loss, radius),
    );
    if (members) {
      context.globalAlpha = DIMMED;
      this.stamp(points, stamps, (sample) => !members[sample]);
      context.globalAlpha = 1;
      this.stamp(points, stamps, (sample) => Boolean(members[sample]));
    } else {
      this.stamp(points, stamps, null);
    }
    this.drawCrosses(stage, points, members, looks);
  }

  /**
   * @param {Stage} stage
   * @param {Float32Array} points
   * @param {Uint8Array | null} members
   * @param {Looks} looks
   */
  drawCrosses(stage, points, members, looks) {
    const { run, ratio } = this;
    const { correct } = run.answers(stage.epoch);
    if (!correct) return;
    let wrong = 0;
    for (const right of correct) wrong += 1 - right;
    if (!wrong) return;
    // Of many errors an unchanging choice is marked: sample by sample the same ones at every moment.
    const stride = Math.ceil(run.n / MOST_CROSSES);
    const cross = looks.stamp("x", looks.style.error, Math.max(2.4, this.radius(run.n) * 1.2) * ratio);
    const marked = (/** @type {number} */ sample) =>
      !correct[sample] && (wrong <= MOST_CROSSES || sample % stride === 0);
    this.stamp(points, [cross], members ? (sample) => marked(sample) && Boolean(members[sample]) : marked);
  }

  /**
   * Put a marker on every sample, or on those chosen, on whole pixels of the screen.
   *
   * @param {Float32Array} points @param {Stamp[]} stamps one for each class, or one for all
   * @param {((sample: number) => boolean) | null} chosen
   */
  stamp(points, stamps, chosen) {
    const { context, run, ratio, margins, layer } = this;
    const [width, height] = [Math.round(this.inner.width * ratio), Math.round(this.inner.height * ratio)];
    const margin = Math.max(...stamps.map(({ side }) => side));
    const [ax, bx] = linear(this.x).map((term) => term * ratio);
    const [ay, by] = linear(this.y).map((term) => term * ratio);
    const labels = stamps.length > 1 ? run.labels : null;
    layer.begin(width, height, margin);
    const reach = margin >> 1;
    for (let sample = 0; sample < run.n; sample++) {
      if (chosen && !chosen(sample)) continue;
      const x = Math.round(ax * points[2 * sample] + bx);
      const y = Math.round(ay * points[2 * sample + 1] + by);
      if (x >= -reach && x <= width + reach && y >= -reach && y <= height + reach) {
        layer.set(stamps[labels ? labels[sample] : 0], x, y);
      }
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    layer.end(context, Math.round(margins.left * ratio), Math.round(margins.top * ratio));
    context.setTransform(ratio, 0, 0, ratio, margins.left * ratio, margins.top * ratio);
  }

  /** @param {Stage} stage @param {Plane} plane @param {Scene} scene @param {Looks} looks */
  drawFollowed(stage, plane, scene, looks) {
    for (const probe of stage.probes) {
      if (!scene.morphing) this.drawTrail(trailOf(this.run, plane, probe), looks);
      const at = probeAt(this.run, plane, stage, probe);
      if (at) this.drawProbe([this.x(at[0]), this.y(at[1])], probe.letter, looks);
    }
    if (stage.hover && stage.hover.set === this.run.data.samples) {
      const { sample } = stage.hover;
      this.ring([this.x(scene.points[2 * sample]), this.y(scene.points[2 * sample + 1])], 8, looks);
    }
    if (this.cross && document.activeElement === this.canvas) this.ring(this.cross, 4, looks);
    if (stage.drag?.panel === this) {
      const { context } = this;
      const { from, to } = stage.drag;
      context.setLineDash([4, 3]);
      context.lineWidth = 1.2;
      context.strokeStyle = looks.style.ink;
      context.strokeRect(from[0], from[1], to[0] - from[0], to[1] - from[1]);
      context.setLineDash([]);
    }
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

  /** @param {[number, number]} at @param {string} letter @param {Looks} looks */
  drawProbe([x, y], letter, looks) {
    const { context } = this;
    context.save();
    context.translate(x, y);
    drawMarker(context, "o", 8, looks.style.ink, looks.style.background);
    context.fillStyle = looks.style.background;
    context.font = "bold 11px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(letter, 0, 0.5);
    context.restore();
  }

  /** @param {[number, number]} at @param {number} radius @param {Looks} looks */
  ring([x, y], radius, looks) {
    const { context } = this;
    for (const [width, colour] of /** @type {const} */ ([
      [4.5, looks.style.background],
      [2, looks.style.ink],
    ])) {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
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
