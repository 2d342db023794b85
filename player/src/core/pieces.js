/**
 * The input plane through a network, exactly: the lines of its units, and its linear pieces.
 *
 * As long as layers are piecewise linear, the plane falls into convex cells within which everything is linear. Layer
 * by layer, each unit cuts those of the layers before along the lines where it bends, as `replay/views/shared/pieces.py`
 * has it, after Humayun et al., "SplineCam" (CVPR 2023).
 */

import { bends, isAffine } from "./bends.js";
import { cut, placesOf, within, zeroEdges } from "./cells.js";

/** @typedef {import("../types").Range} Range */
/** @typedef {import("./cells.js").Cells} Cells */
/** @typedef {import("./layers.js").Take} Take */
/** @typedef {import("./layers.js").Weights} Weights */
/** @typedef {import("./network.js").Network} Network */

/**
 * Where the pre-activation of a unit, counted from 0, is zero: segments (4n,), x and y of one end and of the other.
 *
 * @typedef {{ layer: string, unit: number, segments: Float64Array }} Line
 */

/**
 * @typedef {object} Pieces
 * @property {Cells} cells
 * @property {Line[]} lines of the layers that are asked for
 * @property {number[][] | null} z of the output at the corners, a list for each of its values; null where the network
 *   is not piecewise linear up to there, or not finite
 */

const MOST_CELLS = 20_000;

/** Double precision, so that corners lie on their lines. @type {Take} */
export const exactly = (size) => /** @type {any} */ (new Float64Array(size));

/**
 * The pieces within the limits, null where there are too many.
 *
 * @param {Network} network
 * @param {Weights[]} weights
 * @param {number[]} inputShape of one sample, two numbers in all
 * @param {[Range, Range]} limits
 * @param {string[]} asked the layers whose units' lines are wanted
 * @returns {Pieces | null}
 */
export function piecesOf(network, weights, inputShape, limits, asked = []) {
  let cells = within(limits);
  /** @type {Line[]} */
  const lines = [];
  let x = { data: /** @type {any} */ (Float64Array.from(cells.points)), shape: [4, ...inputShape] };
  for (let position = 0; position <= network.last; position++) {
    const layer = network.layers[position];
    if (!isAffine(layer)) break;
    const z = network.preActivation(position, weights, x, exactly);
    if (!z.data.every(Number.isFinite)) break;
    const bent = bends(layer);
    const lined = asked.includes(layer.name);
    let columns = columnsOf(z.data, z.shape[0]);
    for (let unit = 0; unit < columns.length; unit++) {
      for (const level of new Set([...(lined ? [0] : []), ...(bent ?? [])])) {
        const values = level ? columns[unit].map((value) => value - level) : columns[unit];
        const found = cut(cells, values, columns);
        if (lined && level === 0)
          lines.push({ layer: layer.name, unit, segments: placesOf(found.cells, zeroEdges(found)) });
        if (bent?.includes(level)) [cells, columns] = [found.cells, found.carried];
        if (cells.rings.length > MOST_CELLS) return null;
      }
    }
    if (position === network.last) return { cells, lines, z: columns };
    if (bent === null) break;
    const rows = { data: rowsOf(columns), shape: [cells.points.length / 2, ...z.shape.slice(1)] };
    x = network.activation(position, weights, rows, exactly);
  }
  return { cells, lines, z: null };
}

/** @param {ArrayLike<number>} data (n × values) @param {number} n @returns {number[][]} */
function columnsOf(data, n) {
  const width = data.length / n;
  return Array.from({ length: width }, (_, value) =>
    Array.from({ length: n }, (_, i) => data[i * width + value]),
  );
}

/** @param {number[][]} columns @returns {any} */
function rowsOf(columns) {
  const rows = new Float64Array(columns.length * columns[0].length);
  columns.forEach((column, value) => column.forEach((each, i) => (rows[i * columns.length + value] = each)));
  return rows;
}
