/**
 * The lines of a network's units in the input plane: where each has z = 0, and where the boundary kinks; as
 * `replay/views/shared/unit_lines.py` has them.
 */

import { bends } from "./bends.js";
import { cut, placesOf, slope, within, zeroEdges } from "./cells.js";
import { contours } from "./contours.js";
import { exactly, piecesOf } from "./pieces.js";
import { kinksOf, segmentsOf, tiesWithin } from "./ties.js";

/** @typedef {import("../types").Range} Range */
/** @typedef {import("../types").TaskData} TaskData */
/** @typedef {import("../types").UnitsData} UnitsData */
/** @typedef {import("../model").UnitLines} UnitLines */
/** @typedef {import("../model").UnitLine} UnitLine */
/** @typedef {import("./layers.js").Tensor} Tensor */
/** @typedef {import("./layers.js").Weights} Weights */
/** @typedef {import("./network.js").Network} Network */
/** @typedef {import("./pieces.js").Pieces} Pieces */
/** @typedef {import("./pieces.js").Line} Line */

const MOST_BENT = 128; // units of all layers, up to which pieces are exact
const MOST_CLASSES = 12; // whose ties are exact

/**
 * A network at one moment, over a part of the input plane.
 *
 * @typedef {object} Moment
 * @property {Network} network
 * @property {Weights[]} weights
 * @property {number[]} inputShape of one sample
 * @property {[Range, Range]} limits
 * @property {TaskData} task
 * @property {UnitsData} units
 */

/** Whether a network is piecewise linear up to its output, and small enough to be cut. @param {Network} network */
export function isExact(network) {
  const hidden = network.layers.slice(0, -1).map((layer) => ({ layer, found: bends(layer) }));
  const bent = hidden.reduce(
    (sum, { layer, found }) => sum + (found?.length ?? Infinity) * (layer.units ?? 0),
    0,
  );
  const output = network.layers[network.last];
  return (
    hidden.every(({ found }) => found) && bent <= MOST_BENT && (network.hasLogits || bends(output) !== null)
  );
}

/** The linear pieces of the plane, null where the network is not exact or has too many. @param {Moment} moment */
export function piecesAt({ network, weights, inputShape, limits, units }) {
  return isExact(network) ? piecesOf(network, weights, inputShape, limits, units.layers.slice(1)) : null;
}

/**
 * The lines of the first layer's units, at whose corners z is known exactly.
 *
 * @param {Moment} moment
 * @returns {Omit<UnitLine, "dead" | "twin">[]}
 */
export function firstLines({ network, weights, inputShape, limits, units }) {
  const rectangle = within(limits);
  const z = zOfFirst(network, weights, inputShape, rectangle.points, units.layers[0]);
  const across = (/** @type {number[]} */ values) => {
    const found = cut(rectangle, values, []);
    return placesOf(found.cells, zeroEdges(found));
  };
  return units.shown.map((unit) => {
    const [x, y] = slope(rectangle, rectangle.rings[0], z[unit]);
    const length = Math.hypot(x, y);
    const known = length > 0 && length < Infinity;
    return {
      unit,
      ends: across(z[unit]),
      flat: units.flat.map((level) => across(z[unit].map((value) => value - level))),
      normal: known ? [x / length, y / length] : [0, 0],
      strength: known ? length / units.longest : 0,
    };
  });
}

/**
 * z of a layer at the corners of a rectangle: a list for each unit. What is not finite has no line, and counts as 0.
 *
 * @param {Network} network @param {Weights[]} weights @param {number[]} inputShape
 * @param {number[]} points @param {string} layer
 */
function zOfFirst(network, weights, inputShape, points, layer) {
  const n = points.length / 2;
  let x = { data: /** @type {any} */ (Float64Array.from(points)), shape: [n, ...inputShape] };
  const first = network.position(layer);
  for (let position = 0; position <= first; position++) {
    const z = network.preActivation(position, weights, x, exactly);
    x = position < first ? network.activation(position, weights, z, exactly) : z;
  }
  const width = x.data.length / n;
  const finite = (/** @type {number} */ value) => (Number.isFinite(value) ? value : 0);
  return Array.from({ length: width }, (_, unit) =>
    Array.from({ length: n }, (_, i) => finite(x.data[i * width + unit])),
  );
}

/**
 * The gradient of the score in each cell, as a share of a steep one: (2n,).
 *
 * @param {import("./cells.js").Cells} cells
 * @param {number[][]} z of the outputs at the corners
 * @param {import("../types").ScoreData} score
 */
export function slopesOf(cells, z, { weights, steep }) {
  const scores = z[0].map((_, corner) => z.reduce((sum, values, i) => sum + weights[i] * values[corner], 0));
  return Float64Array.from(
    cells.rings.flatMap((ring) => slope(cells, ring, scores).map((each) => each / steep)),
  );
}

/**
 * The exact boundary and its kinks, null where there are no classes, or very many.
 *
 * @param {Moment} moment
 * @param {Pieces} pieces
 */
export function boundaryOf({ network, weights, task }, { cells, z }) {
  if (!z || task.kind === "regression" || task.n_classes > MOST_CLASSES) return null;
  const ties = tiesWithin(cells, scoresAt(network, weights, task, z));
  return { segments: segmentsOf(ties), kinks: kinksOf(ties) };
}

/**
 * What the answer follows from, as `scores` of task.js, but exactly: a list for each class.
 *
 * @param {Network} network @param {Weights[]} weights @param {TaskData} task @param {number[][]} z of the output
 */
function scoresAt(network, weights, task, z) {
  const width = z.length;
  const n = z[0].length;
  const rows = Float64Array.from({ length: width * n }, (_, i) => z[i % width][Math.floor(i / width)]);
  const given = { data: /** @type {any} */ (rows), shape: [n, width] };
  const outputs = network.hasLogits ? given : network.activation(network.last, weights, given, exactly);
  const columns = Array.from({ length: width }, (_, value) =>
    Array.from({ length: n }, (_, i) => outputs.data[i * width + value]),
  );
  if (task.kind === "multiclass") return columns;
  const tie = network.hasLogits || task.from_logits ? 0 : 0.5;
  return [Array(n).fill(tie), columns[0]];
}

/**
 * The lines of deeper units of a network that curves, found on a mesh and brought closer.
 *
 * @param {Moment} moment
 * @param {{ size: number, points: Tensor }} mesh over the same limits
 * @returns {Line[]}
 */
export function curvedLines({ network, weights, inputShape, limits, units }, { size, points }) {
  return units.layers.slice(1).flatMap((layer) => {
    const last = network.position(layer);
    const zAt = (/** @type {Tensor} */ x) => {
      let found = new Float32Array(0);
      const visit = (/** @type {number} */ at, /** @type {Tensor} */ z) =>
        at === last && (found = z.data.slice());
      network.evaluate(weights, x, { last, visit });
      return found;
    };
    const found = contours(limits, size, zAt(points), (places) =>
      zAt({ data: places, shape: [places.length / 2, ...inputShape] }),
    );
    return found.map((segments, unit) => ({ layer, unit, segments }));
  });
}
