/** A run that travels as the arrays of its views: the page shows what the network answered, no more. */

import { codes, floats, integers } from "./arrays.js";
import { Predictions } from "./fit.js";
import { gridLines } from "./grid.js";
import { Memo } from "./memo.js";
import { answeredAt, momentAt, nearest, sliceAt } from "./moments.js";
import { axisNames, INPUT_PLANE, keyOf, limitsOf, movingLimits } from "./planes.js";
import { blendedRegions, linearRegions } from "./region_arrays.js";
import { correct, NO_ANSWER } from "./task.js";

/** @typedef {import("../model").Plane} Plane */
/** @typedef {import("../model").RunModel} RunModel */
/** @typedef {import("../types").Range} Range */
/** @typedef {import("../types").ArrayRef} ArrayRef */

const NOTHING_TO_ASK = "This run travels as arrays: its network cannot be asked about other inputs.";

/** @implements {RunModel} */
export class ArraysRun {
  /**
   * @param {import("../types").RunData & { arrays: import("../types").ArraysData }} run
   * @param {import("../types").SampleSet} samples
   * @param {ArrayBuffer} buffer
   */
  constructor(run, samples, buffer) {
    this.data = run;
    /** @type {RunModel | null} */
    this.heldOut = null;
    /** @type {RunModel["diagram"]} */
    this.diagram = null;
    this.targets = samples.targets && floats(buffer, samples.targets);
    /** @type {RunModel["fit"]} */
    this.fit = run.fit && run.arrays.outputs ? new Predictions(this, run.fit) : null;
    /** @type {RunModel["path"]} */
    this.path = null;
    this.buffer = buffer;
    this.n = sampleCount(run.arrays, samples);
    this.values = samples.inputs && floats(buffer, samples.inputs);
    this.labels = samples.labels && run.task.kind !== "regression" ? integers(buffer, samples.labels) : null;
    this.asks = false;
    this.inputLimits = samples.limits;
    this.inputLines = samples.limits && gridLines(samples.limits);
    /** @type {Plane[]} */
    this.planes = run.arrays.planes.map(({ layer, units }) => ({ layer, units }));
    if (samples.limits && this.values) {
      this.planes.unshift(INPUT_PLANE);
    }
    this.latest = new Memo();
  }

  share() {
    // Arrays cost next to nothing.
  }

  pairs() {
    return false;
  }

  /** @param {Plane} plane */
  limits(plane, epoch = Infinity) {
    return limitsOf(this.data, this.buffer, this.inputLimits, plane, epoch);
  }

  /** @param {Plane} plane */
  follows(plane) {
    return Boolean(movingLimits(this.data, plane));
  }

  /** @param {ArrayRef} ref */
  whole(ref) {
    return floats(this.buffer, ref);
  }

  /** @param {ArrayRef} ref @param {number[]} epochs @param {number} epoch */
  carriedAt(ref, epochs, epoch) {
    return sliceAt(this.buffer, ref, momentAt(epochs, epoch));
  }

  /** @param {Plane} plane */
  axisNames(plane) {
    return axisNames(this.data, plane);
  }

  /**
   * @param {number} epoch
   * @returns {import("../model").Answers}
   */
  answers(epoch) {
    return this.memo(epoch, "answers", (moment) => {
      const { arrays, task } = this.data;
      const carried = /** @type {import("../types").ArraysData} */ (arrays);
      const probabilities = carried.probabilities && this.at(carried.probabilities, moment);
      const predicted = carried.predicted && this.predicted(carried.predicted, moment, probabilities);
      const { labels } = this;
      const ofTrueClass =
        probabilities && labels && task.kind === "binary"
          ? probabilities.map((p, i) => (labels[i] === 1 ? p : 1 - p))
          : probabilities;
      return {
        epoch: moment.epoch,
        probabilities,
        ofTrueClass,
        predicted,
        correct: predicted && labels && correct(predicted, labels),
        losses: carried.losses && this.at(carried.losses, moment),
        outputs: this.fit?.n === 1 ? this.outputs(epoch) : null,
      };
    });
  }

  /** What a regression predicts for its samples: (n · columns). @param {number} epoch */
  outputs(epoch) {
    const { outputs } = /** @type {import("../types").ArraysData} */ (this.data.arrays);
    if (!outputs) throw new Error(`Run “${this.data.title}” carries no predictions.`);
    return this.memo(epoch, "outputs", (moment) => this.at(outputs, moment));
  }

  /**
   * @param {number} epoch
   * @param {Plane} plane
   */
  points(epoch, plane) {
    if (plane.layer === null) {
      return /** @type {Float32Array} */ (this.values);
    }
    const { points } = this.carried(plane);
    return this.memo(epoch, `points ${keyOf(plane)}`, (moment) => this.at(points, moment));
  }

  /**
   * @param {number} epoch
   * @param {Plane} plane
   * @returns {import("../model").GridLines | null}
   */
  lines(epoch, plane) {
    if (plane.layer === null) {
      return this.inputLines;
    }
    const { lines } = this.carried(plane);
    if (!lines) {
      return null;
    }
    const [, , count, length] = lines.shape;
    return this.memo(epoch, `lines ${keyOf(plane)}`, (moment) => ({
      count,
      length,
      points: this.at(lines, moment),
    }));
  }

  /**
   * @param {number} epoch
   * @param {Plane} plane
   * @param {[Range, Range]} limits
   * @returns {import("../model").Regions | null}
   */
  regions(epoch, plane, limits = this.limits(plane, epoch)) {
    const { arrays, task } = this.data;
    const scores = plane.layer === null ? null : this.carried(plane).scores;
    if (scores) {
      return this.memo(epoch, `regions ${keyOf(plane)} ${limits}`, (moment) =>
        linearRegions(this.at(scores, moment), limits, task.n_classes),
      );
    }
    const carried = plane.layer === null ? arrays?.input_regions : this.carried(plane).regions;
    if (!carried || task.kind === "regression") {
      return null;
    }
    return this.memo(epoch, `regions ${keyOf(plane)}`, (moment) =>
      blendedRegions(this.buffer, carried, moment, task.n_classes),
    );
  }

  /** A run of arrays has no weights, and so no lines of units. */
  units() {
    return null;
  }

  linearRegions() {
    return null;
  }

  divider() {
    return [];
  }

  /** @returns {never} */
  ask() {
    throw new Error(NOTHING_TO_ASK);
  }

  journey() {
    return null;
  }

  inputs() {
    return this.values;
  }

  /** @param {number} sample */
  target(sample) {
    return this.targets && this.fit?.n === 1 ? this.targets[sample] : null;
  }

  /** @param {number} sample */
  input(sample) {
    if (!this.values) {
      return null;
    }
    const size = this.values.length / this.n;
    return this.values.slice(sample * size, (sample + 1) * size);
  }

  /**
   * @template T
   * @param {number} epoch
   * @param {string} key
   * @param {(moment: import("./moments.js").Moment) => T} make
   */
  memo(epoch, key, make) {
    const moment = momentAt(this.data.epochs, answeredAt(this.data, epoch));
    return this.latest.of(moment.epoch, key, () => make(moment));
  }

  /**
   * An array (s, …) at a moment.
   *
   * @param {ArrayRef} ref
   * @param {import("./moments.js").Moment} moment
   */
  at(ref, moment) {
    return sliceAt(this.buffer, ref, moment);
  }

  /**
   * The classes predicted at the nearer snapshot.
   *
   * @param {ArrayRef} ref
   * @param {import("./moments.js").Moment} moment
   * @param {Float32Array | null} probabilities
   */
  predicted(ref, moment, probabilities) {
    return Int32Array.from(codes(this.buffer, ref, nearest(moment)), (label, i) =>
      probabilities && !Number.isFinite(probabilities[i]) ? NO_ANSWER : label,
    );
  }

  /** @param {import("./planes.js").LayerPlane} plane */
  carried(plane) {
    const found = this.data.arrays?.planes.find((one) => keyOf(one) === keyOf(plane));
    if (!found) {
      throw new Error(`This page does not show layer “${plane.layer}” in that plane.`);
    }
    return found;
  }
}

/**
 * How many samples the page holds, from whichever array has them.
 *
 * @param {import("../types").ArraysData} arrays
 * @param {import("../types").SampleSet} samples
 */
function sampleCount(arrays, samples) {
  const ofSamples = [samples.labels, samples.inputs, samples.targets].find((ref) => ref)?.shape[0];
  const answered = [arrays.losses, arrays.probabilities, arrays.planes[0]?.points].find((ref) => ref);
  return ofSamples ?? answered?.shape[1] ?? 0;
}
