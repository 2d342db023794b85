/** The planes that a run can be shown in: how far they reach, and what lies where on them. */

import { momentAt, sliceAt } from "./moments.js";

/** @typedef {import("../types").Range} Range */
/** @typedef {import("../types").RunData} RunData */
/** @typedef {import("../types").SpaceData} SpaceData */
/** @typedef {import("../model").Plane} Plane */
/** @typedef {Extract<Plane, { units: unknown }>} LayerPlane */

/** @type {Plane} */
export const INPUT_PLANE = { layer: null };

/**
 * The plane in which a layer is shown unless the reader chooses another.
 *
 * @param {SpaceData} space
 * @returns {Plane}
 */
export function defaultPlane(space) {
  return { layer: space.layer, units: space.n_units > 2 && space.pca ? "pca" : [1, 2] };
}

/**
 * @param {Plane} plane
 * @returns {string}
 */
export function keyOf(plane) {
  return plane.layer === null ? "" : `${plane.units}/${plane.layer}`;
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
    : plane.units === "pca"
      ? principal(space).limits
      : space.unit_limits;
  const [first, second] = plane.units === "pca" ? [1, 2] : plane.units;
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
  return plane.units === "pca" ? principal(space).moving_limits : space.moving_limits;
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
 * @param {Plane} plane
 * @returns {[string, string]}
 */
export function axisNames(plane) {
  if (plane.layer === null) {
    return ["input 1", "input 2"];
  }
  return plane.units === "pca" ? ["PC 1", "PC 2"] : [`unit ${plane.units[0]}`, `unit ${plane.units[1]}`];
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
  return plane.units === "pca"
    ? alongAxes(activations, principal(space))
    : ofUnits(activations, plane.units, space.n_units);
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
 * @param {NonNullable<SpaceData["pca"]>} plane
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

/** @param {SpaceData} space */
function principal(space) {
  if (!space.pca) {
    throw new Error(`Layer “${space.layer}” has no principal components in this page.`);
  }
  return space.pca;
}
