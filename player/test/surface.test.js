import assert from "node:assert/strict";
import test from "node:test";

import { LossSurface, Path, surfaceOf, timesOf } from "../src/core/surface.js";
import { buffer, near, oracle, Packing, values } from "./oracle.js";

/** @type {any[]} */
const [exact, projected] = oracle.paths;

/** A surface as a page carries it. @param {any} one */
function surface({ surface: data, heights, logarithmic }) {
  const numbers = [...values(heights)];
  const scale = logarithmic ? Math.log : Number;
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)].map(scale);
  return packed(
    data,
    numbers.map((height) => Math.round(((scale(height) - low) / (high - low)) * 65534)),
    {
      low,
      high,
      log: logarithmic,
    },
  );
}

/** Codes as second differences. @param {any} data @param {number[]} codes @param {any} quantised */
function packed(data, codes, quantised) {
  const size = Math.sqrt(codes.length);
  const at = (/** @type {number} */ i, /** @type {number} */ j) => (i < 0 || j < 0 ? 0 : codes[i * size + j]);
  const changes = codes.map((code, place) => {
    const [i, j] = [Math.floor(place / size), place % size];
    return code - at(i - 1, j) - at(i, j - 1) + at(i - 1, j - 1); // Uint16Array takes it modulo 2¹⁶
  });
  const packing = new Packing();
  const heights = packing.add("uint16", [size, size], changes, quantised);
  return new LossSurface({ ...data, heights }, packing.buffer);
}

test("heights come back from the differences of their codes", () => {
  for (const one of [exact, projected]) {
    const expected = values(one.heights);
    const { heights } = surface(one);
    const range = Math.max(...expected) - Math.min(...expected);
    for (let i = 0; i < expected.length; i++) {
      const most = one.logarithmic ? 1e-4 * expected[i] : 1e-5 * range;
      assert.ok(Math.abs(heights[i] - expected[i]) <= most, `${heights[i]} for ${expected[i]}`);
    }
  }
});

test("between points of the mesh, the loss is close to NumPy's", () => {
  const found = surface(exact);
  const points = values(exact.points);
  const expected = values(exact.losses);
  for (let i = 0; i < expected.length; i++) {
    const loss = found.at(points[2 * i], points[2 * i + 1]);
    assert.ok(Math.abs(loss - expected[i]) < 0.03 * expected[i] + 0.02, `${loss} for ${expected[i]}`);
  }
  const [[left], [bottom]] = found.data.limits;
  assert.ok(Number.isNaN(found.at(left - 1, bottom)));
});

test("contours are where the loss has their level", () => {
  const found = surface(exact);
  assert.ok(found.lines.some((line) => line.length));
  found.lines.forEach((line, level) => {
    for (let at = 0; at < line.length; at += 2) {
      const off = Math.abs(found.at(line[at], line[at + 1]) - found.data.levels[level]);
      assert.ok(off < 0.02 * found.data.levels[level] + 0.002, `${off} off ${found.data.levels[level]}`);
    }
  });
});

test("what is not finite has no height, and no contour leads through it", () => {
  const data = { limits: [[0, 2], [0, 2]], levels: [0.5], names: [{}, {}], shares: null }; // prettier-ignore
  const found = packed(data, [0, 32767, 65534, 0, 32767, 65534, 0, 32767, 65535], { low: 0, high: 1 });
  assert.ok(Number.isNaN(found.at(1.5, 1.5)));
  near([found.at(0.5, 0.5)], [0.25], "beside it", 1e-4);
  assert.ok([...found.lines[0]].every(Number.isFinite));
});

test("a path is where NumPy's is, at snapshots and between them", () => {
  for (const one of [exact, projected]) {
    const on = surface(one);
    one.paths.forEach((/** @type {any} */ data, /** @type {number} */ run) => {
      const path = new Path(data, on, buffer);
      for (const moment of one.moments[run]) {
        const found = path.at(moment.epoch);
        near(found.way, values(moment.way), "way", 1e-5);
        near(found.now, values(moment.way).slice(-2), "now", 1e-5);
        near(found.step, values(moment.step), "step", 1e-5);
        assert.equal(timesOf(found.step, on.data.limits), moment.times);
        if (!data.epochs.includes(moment.epoch)) continue; // numbers are those of the snapshot before
        near([found.loss], values(moment.loss), "loss", 1e-5);
        if (moment.off) near([found.off, found.onPlane], values(moment.off), "off the plane", 1e-5);
        else assert.ok(Number.isNaN(found.off + found.onPlane));
      }
    });
  }
  assert.ok(projected.moments[0].some((/** @type {any} */ { off }) => off));
});

test("numbers are those of the snapshot before, and after a path has ended its end stays", () => {
  const path = new Path({ ...exact.paths[0], diverges: true }, surface(exact), buffer);
  assert.equal(path.at(2).loss, path.at(1).loss);
  assert.deepEqual(path.at(9).now, path.at(6).now);
  assert.deepEqual([path.at(6).ended, path.at(9).ended], [false, true]);
});

test("a surface that runs share is made once", () => {
  const { data } = surface(exact);
  const packing = new Packing();
  const heights = packing.add("uint16", [2, 2], [0, 0, 0, 0], { low: 0, high: 0 });
  const shared = { ...data, heights, levels: [] };
  assert.equal(surfaceOf(shared, packing.buffer), surfaceOf(shared, packing.buffer));
  assert.equal(surfaceOf(shared, packing.buffer).shareOf(3), 0);
});
