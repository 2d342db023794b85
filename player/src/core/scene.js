/** What a plane shows of a run at one moment, in the plane's coordinates: everything but the drawing. */

import { ofShape, onOneScale } from "./grid.js";
import { spaceOf, unitName } from "./planes.js";
import { farthestFirst, SPACE } from "./space.js";
import { journeyTitle } from "./words.js";

/** @import { GridLines, LinearRegions, Plane, Regions, RunModel, UnitLines } from "../model" */
/** @import { Range } from "../types" */
/** @import { Journey } from "./journey.js" */
/** @import { Probe, Stage } from "./stage.js" */

/** @typedef {[Range, Range]} Limits */

/**
 * @typedef {{
 *   limits: Limits,
 *   points: Float32Array,
 *   heldOut: Float32Array | null,
 *   lines: GridLines | null,
 *   regions: Regions | null,
 *   strength: number,
 *   boundary: Float32Array[],
 *   units: UnitLines | null,
 *   linear: LinearRegions | null,
 *   space: SpaceScene | null,
 *   names: [string, string],
 *   title: string | null,
 *   turns: boolean,
 *   morphing: boolean,
 *   follows: boolean,
 * }} Scene
 */

/**
 * Three units in space: the limits of each, how they are turned, what they are called, and the corners of the plane by
 * which the output divides them, and for the points of each set the order in which they are drawn.
 *
 * @typedef {{ limits: Range[], turn: [number, number], names: string[], divider: number[][],
 *   orders: Map<Float32Array, Uint32Array> }} SpaceScene
 */

/**
 * What a plane shows beside the samples: the regions of classes, with the lines of the first layer's units where the
 * reader wants them; the lines of all units; the regions in which the network is linear; or regions of classes
 * without a grid, for the arrows of a step, which is at an epoch and on no way through the layers.
 *
 * @typedef {"classes" | "units" | "linear" | "step"} Shows
 */

const MARGIN = 0.08;
const FADED = 0.1; // the share of a step in which regions fade out, or in: they do not move along
const BEYOND = 0.1; // of the picture, by which regions then reach beyond each edge
const LONGEST_TRAIL = 300;

/**
 * @param {RunModel} run @param {Plane} plane @param {Stage} stage
 * @param {number} aspect width by height of where it will be drawn
 * @param {Shows} [shows]
 * @returns {Scene}
 */
export function sceneOf(run, plane, stage, aspect, shows = "classes") {
  const { epoch } = stage;
  const way = shows === "step" ? null : journeyOf(run, plane, stage);
  if (way) return morphed(run, stage, way.journey, way.mark, aspect);
  const own = run.limits(plane, epoch);
  const limits = ofShape(own, aspect);
  // Linear regions are counted within the limits of the run, and no more.
  const linear = shows === "linear" ? run.linearRegions(epoch, own) : null;
  const regions = shows === "linear" ? null : run.regions(epoch, plane, limits);
  const lined = plane.layer === null && (shows === "units" || (shows === "classes" && stage.showsUnits(run)));
  const held = stage.heldOut(run);
  const points = run.points(epoch, plane);
  const heldOut = held?.points(epoch, plane) ?? null;
  return {
    limits,
    points,
    heldOut,
    lines: shows === "step" ? null : run.lines(epoch, plane),
    regions,
    strength: 1,
    boundary: linear?.boundary ?? regions?.boundary ?? [],
    units: lined ? run.units(epoch, limits, shows === "units") : null,
    linear,
    space: spaceScene(held ? [run, held] : [run], plane, epoch, heldOut ? [points, heldOut] : [points]),
    names: run.axisNames(plane),
    title: null,
    turns: plane.layer !== null && plane.units === SPACE,
    morphing: false,
    follows: run.follows(plane),
  };
}

/** @param {RunModel[]} runs whose samples are shown @param {Plane} plane @param {number} epoch @param {Float32Array[]} points of each @returns {SpaceScene | null} */
function spaceScene(runs, plane, epoch, points) {
  if (plane.layer === null || plane.units !== SPACE) return null;
  const [run] = runs;
  const { turn, layer } = plane;
  const space = spaceOf(run.data, layer);
  /** @type {Plane} */
  const beside = { ...plane, turn: [turn[0] + 90, 0] };
  return {
    limits: space.unit_limits,
    turn,
    names: [1, 2, 3].map((unit) => unitName(space, unit)),
    divider: run.divider(epoch, layer),
    orders: new Map(runs.map((each, i) => [points[i], farthestFirst(turn, each.points(epoch, beside))])),
  };
}

/**
 * The way through the layers, where it is shown in place of a plane, and how far it has come.
 *
 * @param {RunModel} run
 * @param {Plane} plane
 * @param {Stage} stage
 */
export function journeyOf(run, plane, stage) {
  if (stage.mark === null || plane.layer === null) return null;
  const journey = run.journey(stage.epoch, stage.turn);
  return journey && { journey, mark: Math.min(stage.mark, journey.length) };
}

/**
 * What goes through the layers: samples, grid lines and boundary, and all of them together.
 *
 * @param {RunModel} run @param {number} epoch
 */
function entering(run, epoch) {
  const samples = /** @type {Float32Array} */ (run.inputs());
  const input = run.planes.find((each) => each.layer === null);
  const lines = input ? run.lines(epoch, input) : null;
  const ties = input ? (run.regions(epoch, input)?.boundary ?? []) : [];
  return { samples, lines, ties, shown: [samples, ...(lines ? [lines.points] : []), ...ties] };
}

/**
 * @param {RunModel} run @param {Stage} stage @param {Journey} journey @param {number} mark
 * @param {number} aspect
 * @returns {Scene}
 */
function morphed(run, stage, journey, mark, aspect) {
  const { epoch } = stage;
  const held = stage.heldOut(run);
  const { samples, lines, ties, shown } = entering(run, epoch);
  const near = Math.round(mark);
  const plane = journey.planeAt(near);
  const strength = Math.max(0, 1 - Math.abs(mark - near) / FADED);
  const limitsOf = (/** @type {number} */ whole) => limitsAt(run, epoch, journey, shown, whole, aspect);
  const there = plane && strength ? limitsOf(near) : null;
  const regions = plane && there ? run.regions(epoch, plane, mark === near ? there : wider(there)) : null;
  const outputs = regions && mark === near && near ? regions.boundary : []; // of all the plane, not of what came there
  const points = journey.move(samples, mark);
  const heldInputs = held?.inputs() ?? null;
  return {
    limits: eased(journey, shown, mark, aspect, limitsOf),
    points,
    heldOut: heldInputs && journey.move(heldInputs, mark),
    lines: lines && { ...lines, points: journey.move(lines.points, mark) },
    regions,
    strength,
    boundary: [...ties.map((line) => journey.move(line, mark)), ...outputs],
    units: null,
    linear: null,
    space: plane && mark <= near ? boxed(run, held, plane, epoch) : null,
    names: near ? journey.steps[near - 1].names : plane ? run.axisNames(plane) : ["", ""],
    title: journeyTitle(journey, mark),
    turns: inSpace(journey, Math.floor(mark)) || inSpace(journey, Math.ceil(mark)),
    morphing: true,
    follows: false,
  };
}

/** Limits that a picture still lies in when it has begun to move. @param {Limits} limits @returns {Limits} */
function wider(limits) {
  const side = (/** @type {Range} */ [low, high]) =>
    /** @type {Range} */ ([low - BEYOND * (high - low), high + BEYOND * (high - low)]);
  return [side(limits[0]), side(limits[1])];
}

/** The box of three units, without an order of what is in it. @param {RunModel} run @param {RunModel | null} held @param {Plane} plane @param {number} epoch */
function boxed(run, held, plane, epoch) {
  return spaceScene(held ? [run, held] : [run], plane, epoch, []);
}

/** Whether what is seen at a whole mark is a space. @param {Journey} journey @param {number} mark */
function inSpace(journey, mark) {
  return mark > 0 && journey.steps[mark - 1].lens.turns;
}

/** The limits at a whole mark, with those of the plane that the page has of it. @param {RunModel} run @param {number} epoch @param {Journey} journey @param {Float32Array[]} shown @param {number} mark @param {number} aspect @returns {Limits} */
function limitsAt(run, epoch, journey, shown, mark, aspect) {
  const around = limitsAround(moved(journey, shown, mark));
  const plane = journey.planeAt(mark);
  return plane ? ofShape(union(run.limits(plane, epoch), around), aspect) : onOneScale(around, aspect);
}

/**
 * Limits that glide from mark to mark, around everything that is shown. Between two marks points move on straight
 * lines and stay within limits that do so too; a rotation is no straight line, and may need more. It is seen as one
 * because both axes have one scale, which only planes at whole marks may not have.
 *
 * @param {Journey} journey @param {Float32Array[]} shown @param {number} mark @param {number} aspect
 * @param {(mark: number) => Limits} limitsOf
 * @returns {Limits}
 */
function eased(journey, shown, mark, aspect, limitsOf) {
  const before = Math.floor(mark);
  if (before === mark) return limitsOf(mark);
  const limits = mixed(limitsOf(before), limitsOf(before + 1), mark - before);
  if (!journey.steps[before].between) return limits;
  return onOneScale(union(limits, limitsAround(moved(journey, shown, mark))), aspect);
}

/** @param {Journey} journey @param {Float32Array[]} shown @param {number} mark */
function moved(journey, shown, mark) {
  return shown.map((points) => journey.move(points, mark));
}

/** @param {Limits} a @param {Limits} b @param {number} share @returns {Limits} */
function mixed(a, b, share) {
  const mix = (/** @type {0 | 1} */ axis) =>
    /** @type {Range} */ ([0, 1].map((end) => a[axis][end] + (b[axis][end] - a[axis][end]) * share));
  return [mix(0), mix(1)];
}

/** @param {Limits} a @param {Limits} b @returns {Limits} */
function union([ax, ay], [bx, by]) {
  const both = (/** @type {Range} */ a, /** @type {Range} */ b) =>
    /** @type {Range} */ ([Math.min(a[0], b[0]), Math.max(a[1], b[1])]);
  return [both(ax, bx), both(ay, by)];
}

/** @param {Float32Array[]} shown @returns {Limits} */
function limitsAround(shown) {
  const side = (/** @type {0 | 1} */ axis) => {
    let [low, high] = [Infinity, -Infinity];
    for (const points of shown) {
      for (let at = axis; at < points.length; at += 2) {
        if (!Number.isFinite(points[at])) continue;
        low = Math.min(low, points[at]);
        high = Math.max(high, points[at]);
      }
    }
    if (low > high) return /** @type {Range} */ ([-1, 1]);
    const pad = (high - low) * MARGIN || Math.max(0.5, Math.abs(low) / 2);
    return /** @type {Range} */ ([low - pad, high + pad]);
  };
  return [side(0), side(1)];
}

/**
 * Where a probe stands, null where this run cannot tell.
 *
 * @param {RunModel} run
 * @param {Plane} plane
 * @param {Stage} stage
 * @param {Probe} probe
 * @param {boolean} morphing whether the plane is on its way through the layers
 * @returns {[number, number] | null}
 */
export function probeAt(run, plane, stage, probe, morphing) {
  const way = morphing ? journeyOf(run, plane, stage) : null;
  const input = probeInput(run, probe);
  if (way && input) {
    const [x, y] = way.journey.move(input, way.mark);
    return [x, y];
  }
  return at(run, plane, stage.epoch, probe, input);
}

/**
 * @param {RunModel} run
 * @param {Plane} plane
 * @param {number} epoch
 * @param {Probe} probe
 * @param {Float32Array | null} input
 * @returns {[number, number] | null}
 */
function at(run, plane, epoch, probe, input) {
  if (run.asks && input) {
    const [x, y] = run.ask(epoch, input).points(plane);
    return [x, y];
  }
  const own = ofSet(run, probe.set);
  if (probe.sample === null || !own || probe.sample >= own.n) return null;
  const points = own.points(epoch, plane);
  return [points[2 * probe.sample], points[2 * probe.sample + 1]];
}

/** What the network is given for a probe. @param {RunModel} run @param {Probe} probe */
export function probeInput(run, probe) {
  if (probe.input) return probe.input;
  const own = ofSet(run, probe.set);
  return own && probe.sample !== null && probe.sample < own.n ? own.input(probe.sample) : null;
}

/**
 * The run with the samples of this set, which are its own or its held-out ones; null where they are neither.
 *
 * @param {RunModel} run @param {number} set
 */
export function ofSet(run, set) {
  if (run.data.samples === set) return run;
  return run.heldOut?.data.samples === set ? run.heldOut : null;
}

/** @type {WeakMap<Probe, Map<string, Float32Array>>} */
const trails = new WeakMap();

/**
 * The way of a probe through a plane over the whole run: (2m,).
 *
 * @param {RunModel} run
 * @param {Plane} plane
 * @param {Probe} probe
 */
export function trailOf(run, plane, probe) {
  const known = trails.get(probe) ?? new Map();
  trails.set(probe, known);
  const key = `${run.data.title} ${run.data.name} ${JSON.stringify(plane)} ${run.diagram?.key ?? ""}`;
  if (!known.has(key)) {
    const { epochs } = run.data;
    const stride = Math.ceil(epochs.length / LONGEST_TRAIL);
    const input = probeInput(run, probe);
    const way = epochs.filter((_, place) => place % stride === 0 || place === epochs.length - 1);
    known.set(key, Float32Array.from(way.flatMap((epoch) => at(run, plane, epoch, probe, input) ?? [])));
  }
  return /** @type {Float32Array} */ (known.get(key));
}
