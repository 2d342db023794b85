/**
 * How the activations of each layer are seen on a plane: two units as they are, three in space, more in a plane of
 * theirs, which is turned within itself towards what comes before; one unit as a line.
 */

import { sizeOf } from "./arrays.js";
import { alongAxes, INPUT_PLANE, unitName } from "./planes.js";
import { principalPlane, turnedTowards } from "./principal.js";
import { seenPlane, SPACE } from "./space.js";
import { say } from "./language.js";

/** @import { Plane } from "../model" */
/** @import { Weights } from "./layers.js" */
/** @import { Network } from "./network.js" */
/** @import { SpaceData } from "../types" */
/** @import { Turn } from "./space.js" */

/** @typedef {{ network: Network, shapes: number[][], inputShape: number[] }} Chain */

/**
 * `of` is null of one unit. `names` are those of the axes, empty where one has no scale, for units that are bent by an
 * activation or by none. `turns` is whether it is a space. `last` is the position of the last layer that is seen so, up to the next Dense layer, and
 * `plane` what the page shows of it beside.
 *
 * @typedef {{ of: ((values: Float32Array) => Float32Array) | null, names: (bent: string | null) => [string, string],
 *   plane: Plane | null, turns: boolean, last: number }} Lens
 */

/**
 * The position of the first layer that a plane enters, null where there is none, or behind it some layer has no units
 * in a row.
 *
 * @param {Chain} chain
 */
export function startOf({ shapes, inputShape, network }) {
  const start = isPlane(inputShape) ? 0 : shapes.findIndex(isPlane) + 1;
  const none = start === 0 && !isPlane(inputShape);
  const inRows = shapes.slice(start).every((shape) => shape.length === 1);
  return none || start > network.last || !inRows ? null : start;
}

/** @param {number[]} shape */
const isPlane = (shape) => shape.length === 1 && shape[0] === 2;

/**
 * The lenses of the layers from `start` on, by position.
 *
 * @param {Chain} chain
 * @param {Weights[]} weights by which planes are turned: those of the end
 * @param {Float32Array} samples that enter the network
 * @param {SpaceData[]} spaces that the page carries
 * @param {number} start @param {Turn} turn
 * @returns {Lens[]}
 */
export function lensesOf({ network, shapes, inputShape }, weights, samples, spaces, start, turn) {
  const evaluate = (/** @type {Float32Array} */ values, /** @type {number[]} */ shape, first = 0, last = 0) =>
    network.evaluate(
      weights,
      { data: values, shape: [values.length / sizeOf(shape), ...shape] },
      { first, last },
    ).data;
  let values = start ? evaluate(samples, inputShape, 0, start - 1) : samples;
  let seen = values;
  /** @type {Lens[]} */
  const lenses = [];
  for (let first = start; first <= network.last; first = lenses.length) {
    const next = network.layers.findIndex((layer, at) => at > first && layer.class_name === "Dense");
    const last = next < 0 ? network.last : next - 1;
    const names = network.layers.slice(first, last + 1).map(({ name }) => name);
    const space = spaces.find(({ layer }) => names.includes(layer));
    values = evaluate(values, first ? shapes[first - 1] : inputShape, first, last);
    const lens = { ...lensOf(shapes[last][0], space, values, seen, turn), last };
    seen = lens.of
      ? lens.of(values)
      : Float32Array.from({ length: 2 * values.length }, (_, i) => (i % 2 ? 0 : values[i >> 1]));
    lenses.length = first;
    lenses.push(...names.map(() => lens));
  }
  return lenses;
}

/**
 * @param {number} n units @param {SpaceData | undefined} space @param {Float32Array} values @param {Float32Array} before
 * @param {Turn} turn @returns {Omit<Lens, "last">}
 */
function lensOf(n, space, values, before, turn) {
  const named = (/** @type {string | null} */ activation, /** @type {number} */ unit) =>
    unitName({ activation }, unit);
  const layer = space?.layer;
  const turns = false;
  if (n === 1) return { of: null, names: (bent) => [named(bent, 1), ""], plane: null, turns };
  if (n === 2)
    return {
      of: (points) => points,
      names: (bent) => [named(bent, 1), named(bent, 2)],
      plane: layer === undefined ? null : { layer, units: [1, 2] },
      turns,
    };
  if (n === 3 && space) {
    const plane = seenPlane(space, turn);
    return {
      of: (points) => alongAxes(points, plane),
      names: () => ["", ""],
      plane: { layer: space.layer, units: SPACE, turn },
      turns: true,
    };
  }
  const own = space?.linear.pca ?? space?.linear.readout ?? principalPlane(values, n);
  const plane = turnedTowards(own, alongAxes(values, own), before);
  return {
    of: (points) => alongAxes(points, plane),
    names: () => [say("PC 1"), say("PC 2")],
    plane: null,
    turns,
  };
}

/** What the page shows where the way begins. @param {Chain} chain @param {number} start @param {SpaceData[]} spaces @returns {Plane | null} */
export function firstPlane({ network }, start, spaces) {
  if (!start) return INPUT_PLANE;
  const { name } = network.layers[start - 1];
  return spaces.some(({ layer }) => layer === name) ? { layer: name, units: [1, 2] } : null;
}
