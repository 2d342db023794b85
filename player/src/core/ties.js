/** Where the leading class changes, exactly: the boundary where scores are linear within cells. */

import { cut } from "./cells.js";

/** @typedef {import("./cells.js").Cells} Cells */

/**
 * Straight segments along which two classes tie: the ends of each, as numbers of `points`, two after two.
 *
 * @typedef {{ points: number[], ends: number[] }} Ties
 */

const TURNS = 1e-3; // the sine of the least angle that counts as a corner

/**
 * Those within cells, of scores that are linear there: a list for each class, a number for each corner.
 *
 * @param {Cells} cells
 * @param {number[][]} scores
 * @returns {Ties}
 */
export function tiesWithin(cells, scores) {
  const { rings, pairs } = undecided(cells, scores);
  let divided = { points: cells.points, rings };
  let carried = scores;
  for (const [one, other] of pairs) {
    const ahead = carried[one].map((score, corner) => score - carried[other][corner]);
    const found = cut(divided, ahead, carried);
    divided = found.cells;
    carried = found.carried;
  }
  return { points: divided.points, ends: edgesBetween(divided.rings, carried) };
}

/** Each segment by its ends: x and y of one and of the other. @param {Ties} ties @returns {Float32Array[]} */
export function segmentsOf({ points, ends }) {
  return Array.from({ length: ends.length / 2 }, (_, i) =>
    Float32Array.from(
      [ends[2 * i], ends[2 * i + 1]].flatMap((end) => [points[2 * end], points[2 * end + 1]]),
    ),
  );
}

/** The points at which two segments meet and turn: (2n,). @param {Ties} ties @returns {Float64Array} */
export function kinksOf({ points, ends }) {
  /** @type {Map<number, [number, number][]>} by a point, the ways from it */
  const ways = new Map();
  ends.forEach((end, i) => {
    const other = ends[i ^ 1];
    const [x, y] = [0, 1].map((axis) => points[2 * other + axis] - points[2 * end + axis]);
    const length = Math.hypot(x, y) || 1;
    ways.set(end, [...(ways.get(end) ?? []), [x / length, y / length]]);
  });
  const kinks = [...ways].filter(([, [a, b, c]]) => b && !c && Math.abs(a[0] * b[1] - a[1] * b[0]) > TURNS);
  return Float64Array.from(kinks.flatMap(([end]) => [points[2 * end], points[2 * end + 1]]));
}

/**
 * The cells in which more than one class may lead, and the pairs that may tie there.
 *
 * @param {Cells} cells @param {number[][]} scores
 */
function undecided({ rings }, scores) {
  /** @type {Map<number, [number, number]>} */
  const pairs = new Map();
  const found = rings.filter((ring) => {
    const floor = Math.max(...scores.map((score) => Math.min(...ring.map((corner) => score[corner]))));
    const able = scores.flatMap((score, label) =>
      ring.some((corner) => score[corner] >= floor) ? [label] : [],
    );
    for (const one of able)
      for (const other of able) if (one < other) pairs.set(one * scores.length + other, [one, other]);
    return able.length > 1;
  });
  return { rings: found, pairs: pairs.values() };
}

/** The edges between cells that different classes lead. @param {number[][]} rings @param {number[][]} scores */
function edgesBetween(rings, scores) {
  const n = scores[0].length;
  /** @type {Map<number, number>} the leader on the first side of an edge */
  const first = new Map();
  /** @type {number[]} */
  const ends = [];
  for (const ring of rings) {
    const leader = leaderOf(ring, scores);
    for (let i = 0, before = ring.length - 1; i < ring.length; before = i++) {
      const [a, b] = [Math.min(ring[before], ring[i]), Math.max(ring[before], ring[i])];
      const known = first.get(a * n + b);
      if (known === undefined) first.set(a * n + b, leader);
      else if (known !== leader) ends.push(a, b);
    }
  }
  return ends;
}

/** The class that leads in a cell, by the mean over its corners. @param {number[]} ring @param {number[][]} scores */
function leaderOf(ring, scores) {
  let [best, most] = [0, -Infinity];
  scores.forEach((score, label) => {
    const total = ring.reduce((sum, corner) => sum + score[corner], 0);
    if (total > most) [best, most] = [label, total];
  });
  return best;
}
