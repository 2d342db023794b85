/** What a plane shows of a run at one moment, in the plane's coordinates: everything but the drawing. */

import { extent } from "d3-array";
import { AFFINE_STAGES } from "./morph.js";

/** @import { GridLines, Morph, Plane, Regions, RunModel } from "../model" */
/** @import { Range } from "../types" */
/** @import { Probe, Stage } from "./stage.js" */

/**
 * @typedef {{
 *   limits: [Range, Range],
 *   points: Float32Array,
 *   lines: GridLines | null,
 *   regions: Regions | null,
 *   boundary: Float32Array[],
 *   names: [string, string],
 *   morphing: boolean,
 * }} Scene
 */

const MARGIN = 0.08;
const LONGEST_TRAIL = 300;

/**
 * @param {RunModel} run @param {Plane} plane @param {Stage} stage
 * @param {number} aspect width by height of where it will be drawn
 * @returns {Scene}
 */
export function sceneOf(run, plane, stage, aspect) {
  const { epoch } = stage;
  const morph = morphOf(run, plane, stage);
  if (morph) return morphed(run, plane, epoch, morph.morph, morph.mark, aspect);
  const regions = run.regions(epoch, plane);
  return {
    limits: run.limits(plane),
    points: run.points(epoch, plane),
    lines: run.lines(epoch, plane),
    regions,
    boundary: regions?.boundary ?? [],
    names: run.axisNames(plane),
    morphing: false,
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
 * @param {RunModel} run @param {Plane} plane @param {number} epoch @param {Morph} morph @param {number} mark
 * @param {number} aspect
 * @returns {Scene}
 */
function morphed(run, plane, epoch, morph, mark, aspect) {
  const layer = /** @type {string} */ (plane.layer);
  const enter = (/** @type {Float32Array} */ inputs) => run.before(epoch, layer, inputs);
  const inputs = /** @type {Float32Array} */ (run.inputs());
  const samples = enter(inputs);
  const input = run.planes.find((each) => each.layer === null);
  const grid = input ? run.lines(epoch, input) : null;
  const ties = input ? (run.regions(epoch, input)?.boundary ?? []) : [];
  return {
    limits: blended(run.limits(plane), morph, samples, mark, aspect),
    points: morph.move(samples, mark),
    lines: grid && { ...grid, points: morph.move(enter(grid.points), mark) },
    regions: null,
    boundary: ties.map((line) => morph.move(enter(line), mark)),
    names: mark === 0 ? ["into the layer, 1", "into the layer, 2"] : run.axisNames(plane),
    morphing: true,
  };
}

/**
 * Limits that glide along. Up to the activation both axes have one scale, so that a rotation is seen as one; with
 * it they become those of the feature space.
 *
 * @param {[Range, Range]} final @param {Morph} morph @param {Float32Array} samples @param {number} mark
 * @param {number} aspect
 * @returns {[Range, Range]}
 */
function blended(final, morph, samples, mark, aspect) {
  const affine = Math.min(mark, AFFINE_STAGES.length);
  const share = mark - affine;
  const limits = equalScale(around(morph.move(samples, affine)), aspect);
  const mix = (/** @type {Range} */ a, /** @type {Range} */ b) =>
    /** @type {Range} */ ([a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]);
  return [mix(limits[0], final[0]), mix(limits[1], final[1])];
}

/** @param {Float32Array} points @returns {[Range, Range]} */
function around(points) {
  const side = (/** @type {0 | 1} */ axis) => {
    const values = points.filter((value, place) => place % 2 === axis && Number.isFinite(value));
    const [low, high] = /** @type {[number, number]} */ (values.length ? extent(values) : [-1, 1]);
    const pad = (high - low) * MARGIN || Math.max(0.5, Math.abs(low) / 2);
    return /** @type {Range} */ ([low - pad, high + pad]);
  };
  return [side(0), side(1)];
}

/** @param {[Range, Range]} limits @param {number} aspect @returns {[Range, Range]} */
function equalScale([x, y], aspect) {
  const unit = Math.max((x[1] - x[0]) / aspect, y[1] - y[0]);
  const centred = (/** @type {Range} */ [low, high], /** @type {number} */ size) =>
    /** @type {Range} */ ([(low + high - size) / 2, (low + high + size) / 2]);
  return [centred(x, unit * aspect), centred(y, unit)];
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
  if (probe.sample === null || probe.set !== run.data.samples || probe.sample >= run.n) return null;
  const points = run.points(epoch, plane);
  return [points[2 * probe.sample], points[2 * probe.sample + 1]];
}

/** What the network is given for a probe. @param {RunModel} run @param {Probe} probe */
export function probeInput(run, probe) {
  if (probe.input) return probe.input;
  return probe.sample !== null && probe.set === run.data.samples && probe.sample < run.n
    ? run.input(probe.sample)
    : null;
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
  const key = `${run.data.title} ${run.data.name} ${JSON.stringify(plane)}`;
  if (!known.has(key)) {
    const { epochs } = run.data;
    const stride = Math.ceil(epochs.length / LONGEST_TRAIL);
    const input = probeInput(run, probe);
    const way = epochs.filter((_, place) => place % stride === 0 || place === epochs.length - 1);
    known.set(key, Float32Array.from(way.flatMap((epoch) => at(run, plane, epoch, probe, input) ?? [])));
  }
  return /** @type {Float32Array} */ (known.get(key));
}
