/** Where a plane belongs to which class, and the boundary between them: as in `replay/views/shared/regions.py`. */

import { contours } from "d3-contour";

/** @typedef {import("../types").Range} Range */
/** @typedef {import("../model").Regions} Regions */

/**
 * Divide a plane by the probabilities (size · size, n_classes) on a mesh over it.
 *
 * @param {[Range, Range]} limits
 * @param {number} size
 * @param {Float32Array} probabilities
 * @param {number} nClasses
 * @returns {Regions}
 */
export function divide(limits, size, probabilities, nClasses) {
  const n = size * size;
  const likeliest = new Uint16Array(n);
  const highest = new Float32Array(n);
  const leads = Array.from({ length: nClasses }, () => new Float32Array(n));
  for (let i = 0; i < n; i++) {
    let best = 0;
    let second = -Infinity;
    for (let label = 1; label < nClasses; label++) {
      const p = probabilities[i * nClasses + label];
      const leader = probabilities[i * nClasses + best];
      second = Math.max(second, Math.min(p, leader));
      best = p > leader ? label : best;
    }
    likeliest[i] = best;
    highest[i] = probabilities[i * nClasses + best];
    for (let label = 0; label < nClasses; label++) {
      leads[label][i] = probabilities[i * nClasses + label] - (label === best ? second : highest[i]);
    }
  }
  return { limits, size, likeliest, highest, nClasses, boundary: boundaryLines(limits, size, leads) };
}

/**
 * The lines along which the two likeliest classes tie; none where a value is not finite.
 *
 * `leads` hold by how much each class leads over its best rival at each point of the mesh. A lead changes
 * sign on the border of the class's region. The border that the last class has, it shares with others, whose
 * lines are drawn already.
 *
 * @param {[Range, Range]} limits
 * @param {number} size
 * @param {Float32Array[]} leads
 * @returns {Float32Array[]}
 */
export function boundaryLines(limits, size, leads) {
  if (!leads.every((lead) => lead.every(Number.isFinite))) {
    return [];
  }
  const generator = contours().size([size, size]);
  return leads
    .slice(0, -1)
    .flatMap((lead) => generator.contour(/** @type {any} */ (lead), 0).coordinates.flat())
    .flatMap((ring) => within(/** @type {[number, number][]} */ (ring), size))
    .map((line) => placed(line, limits, size));
}

/**
 * The parts of a closed ring that lie on the mesh: d3-contour leads rings around it, half a cell outside.
 *
 * @param {[number, number][]} ring
 * @param {number} size
 * @returns {[number, number][][]}
 */
function within(ring, size) {
  /** @param {[number, number]} point */
  const inside = (point) => point.every((value) => value >= 0.5 && value <= size - 0.5);
  const outside = ring.findIndex((point) => !inside(point));
  if (outside < 0) {
    return [ring];
  }
  const open = ring.slice(1); // the first point is repeated at the end
  const turned = [...open.slice(outside), ...open.slice(0, outside)]; // it ends outside
  /** @type {[number, number][][]} */
  const lines = [];
  /** @type {[number, number][]} */
  let line = [];
  for (const point of turned) {
    if (inside(point)) {
      line.push(point);
    } else {
      lines.push(line);
      line = [];
    }
  }
  return lines.filter((part) => part.length > 1);
}

/**
 * From cells, whose centres are at 0.5, 1.5, …, to the plane's coordinates.
 *
 * @param {[number, number][]} line
 * @param {[Range, Range]} limits
 * @param {number} size
 * @returns {Float32Array}
 */
function placed(line, limits, size) {
  const points = new Float32Array(2 * line.length);
  line.forEach((point, i) => {
    limits.forEach(([low, high], axis) => {
      points[2 * i + axis] = low + ((point[axis] - 0.5) / (size - 1)) * (high - low);
    });
  });
  return points;
}
