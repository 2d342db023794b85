/** What a plane shows of a run at one moment, in the plane's coordinates: everything but the drawing. */

import { ofShape, onOneScale } from "./grid.js";
import { AFFINE_STAGES } from "./morph.js";
import { say } from "./language.js";
import { spaceOf, unitName } from "./planes.js";
import { farthestFirst, SPACE } from "./space.js";

/** @import { GridLines, LinearRegions, Morph, Plane, Regions, RunModel, UnitLines } from "../model" */
/** @import { Range } from "../types" */
/** @import { Probe, Stage } from "./stage.js" */

/** @typedef {[Range, Range]} Limits */

/**
 * @typedef {{
 *   limits: Limits,
 *   points: Float32Array,
 *   heldOut: Float32Array | null,
 *   lines: GridLines | null,
 *   regions: Regions | null,
 *   boundary: Float32Array[],
 *   units: UnitLines | null,
 *   linear: LinearRegions | null,
 *   space: SpaceScene | null,
 *   names: [string, string],
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
 * reader wants them; the lines of all units; or the regions in which the network is linear.
 *
 * @typedef {"classes" | "units" | "linear"} Shows
 */

const MARGIN = 0.08;
const ROTATION = AFFINE_STAGES.indexOf("rotate");
const LONGEST_TRAIL = 300;

/**
 * @param {RunModel} run @param {Plane} plane @param {Stage} stage
 * @param {number} aspect width by height of where it will be drawn
 * @param {Shows} [shows]
 * @returns {Scene}
 */
export function sceneOf(run, plane, stage, aspect, shows = "classes") {
  const { epoch, mark } = stage;
  const morph = mark === null || plane.layer === null ? null : run.morph(epoch, plane.layer);
  if (morph && mark !== null && mark < morph.stages.length) {
    return morphed(run, plane, stage, morph, mark, aspect);
  }
  const own = run.limits(plane, epoch);
  // Behind a morph it also holds the lines that the morph ends with.
  const limits = ofShape(morph ? atEnd(own, morph, entering(run, plane, epoch).shown) : own, aspect);
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
    lines: run.lines(epoch, plane),
    regions,
    boundary: linear?.boundary ?? regions?.boundary ?? [],
    units: lined ? run.units(epoch, limits, shows === "units") : null,
    linear,
    space: spaceScene(held ? [run, held] : [run], plane, epoch, heldOut ? [points, heldOut] : [points]),
    names: run.axisNames(plane),
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
 * The morph of a plane, where one is shown and has not come to its end.
 *
 * @param {RunModel} run
 * @param {Plane} plane
 * @param {Stage} stage
 */
export function morphOf(run, plane, stage) {
  if (stage.mark === null || plane.layer === null) return null;
  const morph = run.morph(stage.epoch, plane.layer);
  if (!morph || stage.mark >= morph.stages.length) return null;
  return { morph, mark: stage.mark };
}

/**
 * What a morph shows, as it enters the layer: samples, grid lines and boundary, and all of them together.
 *
 * @param {RunModel} run @param {Plane} plane @param {number} epoch
 */
function entering(run, plane, epoch) {
  const layer = /** @type {string} */ (plane.layer);
  const enter = (/** @type {Float32Array} */ inputs) => run.before(epoch, layer, inputs);
  const samples = enter(/** @type {Float32Array} */ (run.inputs()));
  const input = run.planes.find((each) => each.layer === null);
  const grid = input ? run.lines(epoch, input) : null;
  const lines = grid && { ...grid, points: enter(grid.points) };
  const ties = (input ? (run.regions(epoch, input)?.boundary ?? []) : []).map(enter);
  return { samples, lines, ties, shown: [samples, ...(lines ? [lines.points] : []), ...ties] };
}

/**
 * @param {RunModel} run @param {Plane} plane @param {Stage} stage @param {Morph} morph @param {number} mark
 * @param {number} aspect
 * @returns {Scene}
 */
function morphed(run, plane, stage, morph, mark, aspect) {
  const { epoch } = stage;
  const held = stage.heldOut(run)?.inputs();
  const { samples, lines, ties, shown } = entering(run, plane, epoch);
  return {
    limits: eased(run.limits(plane, epoch), morph, shown, mark, aspect),
    points: morph.move(samples, mark),
    heldOut: held ? morph.move(run.before(epoch, /** @type {string} */ (plane.layer), held), mark) : null,
    lines: lines && { ...lines, points: morph.move(lines.points, mark) },
    regions: null,
    boundary: ties.map((line) => morph.move(line, mark)),
    units: null,
    linear: null,
    space: null,
    names: mark === 0 ? [say("into the layer, 1"), say("into the layer, 2")] : run.axisNames(plane),
    morphing: true,
    follows: false,
  };
}

/**
 * Limits that glide from stage to stage, around everything that is shown, and end at those of the feature space.
 * Between two stages points move on straight lines and stay within limits that do so too; a rotation is no
 * straight line, and may need more. Until the activation both axes have one scale, so that a rotation is seen as
 * one.
 *
 * @param {Limits} final @param {Morph} morph @param {Float32Array[]} shown as it enters the layer
 * @param {number} mark @param {number} aspect
 * @returns {Limits}
 */
function eased(final, morph, shown, mark, aspect) {
  const around = (/** @type {number} */ at) => onOneScale(limitsAround(moved(morph, shown, at)), aspect);
  const [before, after] = [Math.floor(mark), Math.floor(mark) + 1];
  const end = after === morph.stages.length ? ofShape(atEnd(final, morph, shown), aspect) : around(after);
  const limits = mixed(around(before), end, mark - before);
  return before === ROTATION ? onOneScale(union(limits, around(mark)), aspect) : limits;
}

/** The limits of a feature space, widened to all that a morph ends with. @param {Limits} final @param {Morph} morph @param {Float32Array[]} shown */
function atEnd(final, morph, shown) {
  return union(final, limitsAround(moved(morph, shown, morph.stages.length)));
}

/** @param {Morph} morph @param {Float32Array[]} shown @param {number} mark */
function moved(morph, shown, mark) {
  return shown.map((points) => morph.move(points, mark));
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
 * @returns {[number, number] | null}
 */
export function probeAt(run, plane, stage, probe) {
  const morph = morphOf(run, plane, stage);
  const input = probeInput(run, probe);
  if (morph && input) {
    const layer = /** @type {string} */ (plane.layer);
    const [x, y] = morph.morph.move(run.before(stage.epoch, layer, input), morph.mark);
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
