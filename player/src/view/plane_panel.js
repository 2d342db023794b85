/** A plane of a run, and what a reader does with it: pointing, placing probes, following groups. */

import { scaleLinear } from "d3-scale";
import { haveOneScale } from "../core/grid.js";
import { nearestOfSets, pointsWithin } from "../core/nearest.js";
import { sceneOf } from "../core/scene.js";
import { SPACE, turned } from "../core/space.js";
import { say, sayNumber } from "../core/language.js";
import { movedCross } from "./cross.js";
import { Panel, followPointer } from "./panel.js";
import { PlanePicture } from "./plane_picture.js";

/** @import { Scene, Shows } from "../core/scene.js" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Plane, RunModel } from "../model" */
/** @import { Looks } from "./looks.js" */

/** @type {[number, number]} */
const SHAPE = [4 / 5, 3 / 2]; // width by height, as payload/arrays_data.py has them
const DEGREES = 0.5; // that a space is turned for each pixel of a drag
const REACH = 14; // pixels within which a pointer finds a sample

export class PlanePanel extends Panel {
  /**
   * @param {RunModel} run @param {Stage} stage
   * @param {(stage: Stage) => Plane} planeOf
   * @param {(plane: Plane, scene: Scene | null) => string} titleOf
   * @param {Shows} [shows]
   */
  constructor(run, stage, planeOf, titleOf, shows = "classes") {
    super("plane", "", { left: 40 }, shows === "linear" ? shapeOf(run, planeOf(stage)) : SHAPE);
    this.shows = shows;
    this.run = run;
    this.planeOf = planeOf;
    this.titleOf = titleOf;
    this.x = scaleLinear();
    this.y = scaleLinear();
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {[number, number] | null} */
    this.cross = null; // a pointer for those who use the keyboard, while they are here
    /** The turn of the space before it is dragged. @type {[number, number] | null} */
    this.before = null;
    this.picture = new PlanePicture(this);
    if (shows === "linear") this.aside.append(say("slope"), this.picture.linear.key);
    this.followReader(stage);
  }

  /** @param {Stage} stage */
  followReader(stage) {
    const { canvas } = this;
    const set = this.run.data.samples;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", say("plane"));
    followPointer(this, {
      hover: (at) => stage.point(at ? this.sampleAt(at) : null),
      click: (at) => this.placeProbe(stage, at),
      drag: (from, to, ended) => {
        if (this.turns(stage)) return this.dragTurn(stage, from, to, ended);
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

  /** Whether what is shown is a space that can be turned. @param {Stage} stage */
  turns(stage) {
    if (this.scene) return this.scene.turns;
    const plane = this.planeOf(stage);
    return plane.layer !== null && plane.units === SPACE;
  }

  /** Turn the space as far as a pointer is dragged. @param {Stage} stage @param {[number, number]} from @param {[number, number]} to @param {boolean} ended */
  dragTurn(stage, from, to, ended) {
    this.before ??= stage.turn;
    stage.turn = turned(this.before, (from[0] - to[0]) * DEGREES, (to[1] - from[1]) * DEGREES);
    if (ended) this.before = null;
    stage.changed();
  }

  /** Turn the space by the arrow keys. @param {KeyboardEvent} event @param {Stage} stage */
  steerTurn(event, stage) {
    const step = event.shiftKey ? 15 : 5;
    const [across, up] = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [step, 0],
      ArrowRight: [-step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    })[event.key] ?? [0, 0];
    if (!(across || up) || event.ctrlKey || event.metaKey || event.altKey) return false;
    stage.turn = turned(stage.turn, across, up);
    stage.changed();
    return true;
  }

  /**
   * Move the cross by the arrow keys, place a probe with Enter.
   *
   * @param {KeyboardEvent} event
   * @param {Stage} stage
   */
  steer(event, stage) {
    if (this.turns(stage)) return this.steerTurn(event, stage);
    const moved = movedCross(event, this.cross, this.inner);
    if (moved) {
      this.cross = moved;
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
      stage.probe({ ...found, input: null });
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
  sampleAt(at) {
    if (!this.scene) return null;
    const { points, heldOut } = this.scene;
    const sets = [this.run, ...(heldOut && this.run.heldOut ? [this.run.heldOut] : [])];
    const places = [points, ...(heldOut ? [heldOut] : [])];
    const found = nearestOfSets(places, [this.x, this.y], at, this.inner, REACH);
    return found && { set: sets[found.set].data.samples, sample: found.place };
  }

  /** The samples in a rectangle. @param {[number, number]} from @param {[number, number]} to */
  within(from, to) {
    return pointsWithin(this.scene?.points ?? new Float32Array(2 * this.run.n), [this.x, this.y], from, to);
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const { width, height } = this.inner;
    const plane = this.planeOf(stage);
    const scene = sceneOf(this.run, plane, stage, width / height, this.shows);
    this.scene = scene;
    this.x.domain(scene.limits[0]).range([0, width]);
    this.y.domain(scene.limits[1]).range([height, 0]);
    this.axes(this.x, this.y, {
      xName: scene.names[0],
      yName: scene.names[1],
      inside: true,
      yTicks: Math.max(2, Math.round(height / 80)),
      ...(scene.follows || scene.space || !scene.names[0] ? { xValues: [] } : {}),
      ...(scene.follows || scene.space || !scene.names[1] ? { yValues: [] } : {}),
    });
    this.title.textContent = this.titled(plane);
    this.canvas.classList.toggle("turns", this.turns(stage)); // a finger turns it
    this.begin();
    this.picture.draw(stage, plane, scene, looks);
    this.describe(plane, stage);
  }

  /** What the panel is called now. @param {Plane} plane */
  titled(plane) {
    return this.scene?.title ?? this.titleOf(plane, this.scene);
  }

  /** @param {Plane} plane @param {Stage} stage */
  describe(plane, stage) {
    if (stage.clock.playing) return;
    const correct = this.run.answers(stage.epoch).correct;
    const held = stage.heldOut(this.run);
    const heldCorrect = held?.answers(stage.epoch).correct;
    const values = { title: this.titled(plane), run: this.run.data.name };
    const said = [
      correct
        ? sayNumber(
            "{title} of {run}: {right} of {number} sample is right.",
            "{title} of {run}: {right} of {number} samples are right.",
            this.run.n,
            { ...values, right: sum(correct) },
          )
        : sayNumber(
            "{title} of {run}: {number} sample.",
            "{title} of {run}: {number} samples.",
            this.run.n,
            values,
          ),
      held && heldCorrect
        ? say("Of those held out, {right} of {all} are right.", { right: sum(heldCorrect), all: held.n })
        : "",
      this.turns(stage)
        ? say("Arrow keys turn the space.")
        : say("Arrow keys move a cross, Enter follows what is under it."),
    ];
    this.canvas.setAttribute("aria-label", said.filter(Boolean).join(" "));
  }
}

/** The shape of what is shown within the limits of the run, and no further. @param {RunModel} run @param {Plane} plane @returns {[number, number]} */
function shapeOf(run, plane) {
  const limits = run.limits(plane);
  if (!haveOneScale(limits)) return SHAPE;
  const [wide, high] = limits.map(([low, top]) => top - low);
  return [wide / high, wide / high];
}

/** @param {Uint8Array} ones */
const sum = (ones) => ones.reduce((total, one) => total + one, 0);
