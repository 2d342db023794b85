/**
 * What is on stage: runs, moment, view, and what the reader points at. Panels draw it, controls change it.
 */

import { isSpace, SPACE, START } from "./space.js";

/** @import { Clock } from "./clock.js" */
/** @import { Plane, RunModel } from "../model" */
/** @import { PageData } from "../types" */

/**
 * A point that is followed: one of the samples, or any other input.
 *
 * @typedef {{ letter: string, set: number, sample: number | null, input: Float32Array | null }} Probe
 */

/** @typedef {{ set: number, members: Uint8Array, count: number }} Group */

/** @typedef {"frame" | "layout"} Change */

export const MOST_SHOWN = 3;
export const MOST_PROBES = 5;
const FEW_UNITS = 16; // the lines of more hide the plane; and beside other runs, colours tell runs apart

export class Stage {
  /** @param {PageData} page @param {RunModel[]} runs @param {Clock} clock */
  constructor(page, runs, clock) {
    this.page = page;
    this.runs = runs;
    this.clock = clock;
    /** @type {number[]} in the page's order */
    this.shown = [];
    /** @type {number[]} the same, those first that came first */
    this.since = [];
    this.show(page.start.runs);
    this.view = page.start.view ?? "dashboard";
    /** @type {string | null} */
    this.space = page.start.layer;
    /** @type {[number, number] | import("../types").LinearName | "space" | null} */
    this.units = page.start.units;
    /** From where spaces of three units are seen. */
    this.turn = START;
    /** What edges of the network's diagram are. @type {import("../types").Quantity} */
    this.quantity = "weights";
    /** The neuron that is looked at, counted from 1; null for the first. @type {{ layer: string, unit: number } | null} */
    this.neuron = page.start.neuron ?? null;
    /** The unit of a diagram that is pointed at, counted from 0. @type {{ run: RunModel, column: number, unit: number } | null} */
    this.unit = null;
    /** The input that is pointed at, of runs with a single one. @type {number | null} */
    this.input = null;
    /** Whether lines of units are shown; null where a run of few units alone has them. @type {boolean | null} */
    this.unitLines = null;
    /** Whether held-out samples are shown. */
    this.showsHeldOut = true;
    /** How far the morph has come through the layers; null where it is not shown. @type {number | null} */
    this.mark = null;
    /** @type {{ set: number, sample: number } | null} */
    this.hover = null;
    /** @type {Probe[]} */
    this.probes = [];
    /** @type {Group | null} */
    this.group = null;
    /** A rectangle being dragged: its panel, and corners in pixels. */
    /** @type {{ panel: object, from: [number, number], to: [number, number] } | null} */
    this.drag = null;
    /** @type {((change: Change) => void)[]} */
    this.followers = [];
  }

  /** @param {(change: Change) => void} follower */
  follow(follower) {
    this.followers.push(follower);
  }

  /** Tell those who follow: the picture changed, or which panels there are. @param {Change} [change] */
  changed(change = "frame") {
    for (const follower of this.followers) follower(change);
  }

  get epoch() {
    return this.clock.epoch;
  }

  /** The runs on stage, in the page's order. @returns {{ run: RunModel, index: number }[]} */
  get onStage() {
    return this.shown.map((index) => ({ run: this.runs[index], index }));
  }

  /** Show these runs, as many as have room, the later ones. @param {number[]} runs */
  show(runs) {
    this.since = runs.slice(-MOST_SHOWN);
    this.shown = [...this.since].sort((a, b) => a - b);
  }

  /**
   * Show a run, in the place of the one that was shown longest where there is no room, or take it off. One stays.
   *
   * @param {number} index
   */
  toggleRun(index) {
    const others = this.since.filter((shown) => shown !== index);
    if (others.length === this.since.length) this.show([...others, index]);
    else if (others.length) this.show(others);
    this.changed("layout");
  }

  /** Bring back all units that were taken away. */
  bringBack() {
    for (const { diagram } of this.runs) diagram?.take({});
    this.changed();
  }

  /** Whether a run on stage has held-out samples. */
  get hasHeldOut() {
    return this.onStage.some(({ run }) => run.heldOut !== null);
  }

  /** The held-out samples of a run, null where it has none or the reader leaves them out. @param {RunModel} run */
  heldOut(run) {
    return this.showsHeldOut ? run.heldOut : null;
  }

  /** Show the held-out samples, or leave them out. @param {boolean} shows */
  showHeldOut(shows) {
    this.showsHeldOut = shows;
    this.changed("layout");
  }

  /** Whether the view has the planes of a run, if it has any: among all views of a regression its fit tells more. @param {RunModel} run */
  showsPlanes(run, view = this.view) {
    return view !== "dashboard" || !run.fit;
  }

  /** Whether the view has an input plane in which a run on stage can show lines of units, or not. */
  get hasUnits() {
    const alone = this.shown.length === 1 ? ["network"] : []; // of several it has no planes
    const able = ["dashboard", "decision-boundary", "why", ...alone].includes(this.view);
    return (
      able && this.onStage.some(({ run }) => run.data.units && this.inputPlane(run) && this.showsPlanes(run))
    );
  }

  /** Whether the input plane of a run shows the lines of its first layer's units. @param {RunModel} run */
  showsUnits(run) {
    const { units } = run.data;
    return units !== null && (this.unitLines ?? (this.shown.length === 1 && units.shown.length <= FEW_UNITS));
  }

  /** Show the lines of units, or hide them. */
  toggleUnits() {
    this.unitLines = !this.onStage.some(({ run }) => this.showsUnits(run));
    this.changed();
  }

  /** The names of the layers that the shown runs have planes of. */
  get layers() {
    const names = this.onStage.flatMap(({ run }) => run.planes.map((plane) => plane.layer));
    return [...new Set(names.filter((layer) => layer !== null))];
  }

  /**
   * The plane of a run's features that is chosen, null where it has none.
   *
   * @param {RunModel} run
   * @returns {Plane | null}
   */
  featurePlane(run) {
    const features = run.planes.filter((plane) => plane.layer !== null);
    const plane = features.find((each) => each.layer === this.space) ?? defaultPlane(run, features);
    if (!plane || plane.layer === null) return null;
    const space = run.data.spaces.find((each) => each.layer === plane.layer);
    if (!run.asks || !space) return plane;
    const { layer } = plane;
    const { units } = this;
    if (isSpace(space) && (units ?? SPACE) === SPACE) return { layer, units: SPACE, turn: this.turn };
    if (Array.isArray(units)) return isPair(units, space.n_units) ? { layer, units } : plane;
    return units !== null && units !== SPACE && units in space.linear ? { layer, units } : plane;
  }

  /** @param {RunModel} run @returns {Plane | null} */
  inputPlane(run) {
    return run.planes.find((plane) => plane.layer === null) ?? null;
  }

  /** Point at a sample, or at none. @param {{ set: number, sample: number } | null} at */
  point(at) {
    if (at?.sample === this.hover?.sample && at?.set === this.hover?.set) return;
    this.hover = at;
    this.changed();
  }

  /** Point at an input of runs with a single one, or at none. @param {number | null} input */
  pointAtInput(input) {
    if (input === this.input) return;
    this.input = input;
    this.changed();
  }

  /** Follow a point; the oldest makes room for a sixth. @param {Omit<Probe, "letter">} probe */
  probe(probe) {
    const known = this.probes.find(
      (each) => each.set === probe.set && each.sample !== null && each.sample === probe.sample,
    );
    if (known) {
      this.probes = this.probes.filter((each) => each !== known);
    } else {
      if (this.probes.length === MOST_PROBES) this.probes = this.probes.slice(1);
      const letters = ["A", "B", "C", "D", "E"].filter((letter) =>
        this.probes.every((each) => each.letter !== letter),
      );
      this.probes = [...this.probes, { ...probe, letter: letters[0] }];
    }
    this.changed();
  }

  /** Follow a group of samples, or none. @param {number} set @param {Uint8Array | null} members */
  followGroup(set, members) {
    const count = members ? members.reduce((sum, member) => sum + member, 0) : 0;
    this.group = members && count ? { set, members, count } : null;
    this.changed();
  }

  /** Which samples of this set are followed, null where all are alike. @param {number} set */
  membersOf(set) {
    return this.group && this.group.set === set ? this.group.members : null;
  }

  clear() {
    this.probes = [];
    this.group = null;
    this.hover = null;
    this.changed();
  }
}

/** Whether these are two units of a layer of n. @param {[number, number]} units @param {number} n */
function isPair([first, second], n) {
  return first !== second && [first, second].every((unit) => unit >= 1 && unit <= n);
}

/** The last layer of two units, else the last. @param {RunModel} run @param {Plane[]} features */
function defaultPlane(run, features) {
  const two = features.filter((plane) =>
    run.data.spaces.some((s) => s.layer === plane.layer && s.n_units === 2),
  );
  return two.at(-1) ?? features.at(-1) ?? null;
}
