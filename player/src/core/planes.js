/** The planes that a run can be shown in: how far they reach, and what lies where on them. */

import { momentAt, sliceAt } from "./moments.js";
import { say, told } from "./language.js";
import { seenPlane, SPACE } from "./space.js";

/** @typedef {import("../types").Range} Range */
/** @typedef {import("../types").RunData} RunData */
/** @typedef {import("../types").SpaceData} SpaceData */
/** @typedef {import("../types").LinearName} LinearName */
/** @typedef {import("../model").Plane} Plane */
/** @typedef {Extract<Plane, { units: unknown }>} LayerPlane */

/** @type {Plane} */
export const INPUT_PLANE = { layer: null };

/** The planes of wider layers, the one that is shown first in front. @type {LinearName[]} */
export const LINEAR = ["readout", "pca"];

/**
 * The plane in which a layer is shown unless the reader chooses another.
 *
 * @param {SpaceData} space
 * @returns {Plane}
 */
export function defaultPlane(space) {
  const [first] = LINEAR.filter((name) => space.linear[name]);
  return { layer: space.layer, units: space.n_units > 2 && first ? first : [1, 2] };
}

/**
 * @param {Plane} plane
 * @returns {string}
 */
export function keyOf(plane) {
  if (plane.layer === null) return "";
  return `${plane.units}${plane.units === SPACE ? ` ${plane.turn}` : ""}/${plane.layer}`;
}

/**
 * @param {RunData} run
 * @param {string} layer
 * @returns {SpaceData}
 */
export function spaceOf(run, layer) {
  const space = run.spaces.find((one) => one.layer === layer);
  if (!space) {
    throw new Error(`This page does not show layer “${layer}”.`);
  }
  return space;
}

/**
 * @param {RunData} run
 * @param {ArrayBuffer} buffer
 * @param {[Range, Range] | null} inputLimits
 * @param {Plane} plane
 * @param {number} epoch
 * @returns {[Range, Range]}
 */
export function limitsOf(run, buffer, inputLimits, plane, epoch) {
  if (plane.layer === null) {
    return /** @type {[Range, Range]} */ (inputLimits);
  }
  const space = spaceOf(run, plane.layer);
  const moving = movingLimits(run, plane);
  const limits = moving
    ? limitsAt(buffer, moving, momentAt(run.epochs, epoch))
    : Array.isArray(plane.units)
      ? space.unit_limits
      : linearPlane(space, plane).limits;
  const [first, second] = Array.isArray(plane.units) ? plane.units : [1, 2];
  return [limits[first - 1], limits[second - 1]];
}

/**
 * The limits of a plane that widens as its space does, null of others.
 *
 * @param {RunData} run
 * @param {Plane} plane
 */
export function movingLimits(run, plane) {
  if (plane.layer === null) return null;
  const space = spaceOf(run, plane.layer);
  return Array.isArray(plane.units) ? space.moving_limits : linearPlane(space, plane).moving_limits;
}

/**
 * Limits (s, 2, 2) at a moment.
 *
 * @param {ArrayBuffer} buffer
 * @param {import("../types").ArrayRef} ref
 * @param {import("./moments.js").Moment} moment
 * @returns {[Range, Range]}
 */
export function limitsAt(buffer, ref, moment) {
  const [a, b, c, d] = sliceAt(buffer, ref, moment);
  return [
    [a, b],
    [c, d],
  ];
}

/**
 * @param {RunData} run
 * @param {Plane} plane
 * @returns {[string, string]}
 */
export function axisNames(run, plane) {
  if (plane.layer === null) {
    const [first, second] = run.names.inputs;
    return first && second ? [first, second] : [say("input 1"), say("input 2")];
  }
  const space = spaceOf(run, plane.layer);
  if (Array.isArray(plane.units)) return [unitName(space, plane.units[0]), unitName(space, plane.units[1])];
  const [first, second] = linearPlane(space, plane).names;
  return [told(first), told(second)];
}

/**
 * Points (2n,) of activations (n, n_units).
 *
 * @param {Float32Array} activations
 * @param {LayerPlane} plane
 * @param {SpaceData} space
 * @returns {Float32Array}
 */
export function project(activations, plane, space) {
  return Array.isArray(plane.units)
    ? ofUnits(activations, plane.units, space.n_units)
    : alongAxes(activations, linearPlane(space, plane));
}

/**
 * @param {Float32Array} activations
 * @param {[number, number]} units
 * @param {number} nUnits
 */
function ofUnits(activations, [first, second], nUnits) {
  const n = activations.length / nUnits;
  const points = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    points[2 * i] = activations[i * nUnits + first - 1];
    points[2 * i + 1] = activations[i * nUnits + second - 1];
  }
  return points;
}

/**
 * @param {Float32Array} activations
 * @param {import("../types").LinearPlane} plane
 */
function alongAxes(activations, { centre, axes }) {
  const nUnits = centre.length;
  const points = new Float32Array((2 * activations.length) / nUnits);
  for (let i = 0; i < points.length; i++) {
    const axis = axes[i % 2];
    const start = (i >> 1) * nUnits;
    let sum = 0;
    for (let unit = 0; unit < nUnits; unit++) {
      sum += (activations[start + unit] - centre[unit]) * axis[unit];
    }
    points[i] = sum;
  }
  return points;
}

/** @param {SpaceData} space @param {LayerPlane} plane other than of two units */
function linearPlane(space, plane) {
  if (plane.units === SPACE) return seenPlane(space, plane.turn);
  const found = space.linear[/** @type {LinearName} */ (plane.units)];
  if (!found) {
    throw new Error(`Layer “${space.layer}” has no plane “${plane.units}” in this page.`);
  }
  return found;
}

/** @param {SpaceData} space @param {number} unit from 1 on */
export function unitName({ activation }, unit) {
  if (activation === null) return say("unit {unit}", { unit });
  return say("{activation} unit {unit}", { activation, unit });
}
