/** A run that travels as its weights: the page evaluates the network itself. */

import { isAffine } from "./bends.js";
import { array, floats, integers, sizeOf } from "./arrays.js";
import { Diagram } from "./diagram.js";
import { Fit } from "./fit.js";
import { linesOver, mesh, meshSize } from "./grid.js";
import { losses } from "./losses.js";
import { Memo } from "./memo.js";
import { answeredAt, momentAt, sliceAt } from "./moments.js";
import { Journey, stepsOf } from "./journey.js";
import { firstPlane, lensesOf, startOf } from "./lenses.js";
import { copy, Network } from "./network.js";
import {
  axisNames,
  defaultPlane,
  INPUT_PLANE,
  keyOf,
  limitsOf,
  movingLimits,
  project,
  spaceOf,
} from "./planes.js";
import { answered, divide } from "./regions.js";
import { planeInBox, SPACE } from "./space.js";
import { boundaryOf, curvedLines, firstLines, piecesAt, slopesOf } from "./unit_lines.js";
import { unitStates } from "./unit_states.js";
import { byClass, correct, ofTrueClass, predicted, scores } from "./task.js";

/** @typedef {import("./layers.js").Tensor} Tensor */
/** @typedef {import("./layers.js").Weights} Weights */
/** @typedef {import("../model").Plane} Plane */
/** @typedef {import("../types").Range} Range */
/** @typedef {import("../model").RunModel} RunModel */
/** @typedef {import("../types").ArrayRef} ArrayRef */

/**
 * What inputs become on their way through the network.
 *
 * @typedef {object} Passage
 * @property {Map<string, Float32Array>} activations of the layers that can be shown
 * @property {Tensor} outputs
 * @property {Tensor | null} logits where classes tie in them
 */

const MOST_ALIGNED = 1000; // samples by which the planes of wide layers are turned

/** @implements {RunModel} */
export class WeightsRun {
  /**
   * @param {import("../types").RunData & { network: import("../types").NetworkData }} run
   * @param {import("../types").SampleSet & { inputs: ArrayRef }} samples
   * @param {ArrayBuffer} buffer
   */
  constructor(run, samples, buffer) {
    this.data = run;
    /** @type {RunModel | null} */
    this.heldOut = null;
    this.network = new Network(run.network, run.epochs, buffer);
    this.inputShape = samples.inputs.shape.slice(1);
    this.values = floats(buffer, samples.inputs);
    this.targets = samples.targets && floats(buffer, samples.targets);
    this.labels = samples.labels && run.task.kind !== "regression" ? integers(buffer, samples.labels) : null;
    this.n = array(buffer, samples.inputs).shape[0];
    this.asks = true;
    this.inputLimits = samples.limits;
    this.inputLines = linesOver(samples.limits, 1);
    this.sharing = 1;
    this.shown = new Set(run.spaces.map((space) => space.layer));
    /** @type {Plane[]} */
    this.planes = run.spaces.map(defaultPlane);
    if (samples.limits) {
      this.planes.unshift(INPUT_PLANE);
    }
    this.shapes = this.network.shapes(this.inputShape);
    this.latest = new Memo();
    /** @type {Map<string, { limits: [Range, Range], size: number, points: Tensor }>} */
    this.meshes = new Map();
    /** @type {{ turn: string, lenses: import("./lenses.js").Lens[] } | null} */
    this.seenAs = null;
    this.diagram = run.diagram ? new Diagram(this, run.diagram) : null;
    /** @type {RunModel["path"]} */
    this.path = null;
    this.fit = run.fit ? new Fit(this, run.fit) : null;
  }

  /** Evaluate a network whose weights are 0 there from now on, for all samples. @param {Map<number, Uint8Array>} silent */
  silence(silent) {
    this.network.silence(silent);
    this.latest = new Memo();
    this.seenAs = null;
    if (this.heldOut instanceof WeightsRun) this.heldOut.silence(silent);
  }

  /** @param {number} runs */
  share(runs) {
    if (runs === this.sharing) return;
    this.sharing = runs;
    this.inputLines = linesOver(this.inputLimits, runs);
    this.meshes.clear();
    this.latest = new Memo();
  }

  /** @param {string} layer */
  pairs(layer) {
    return spaceOf(this.data, layer).n_units > 2;
  }

  /** @param {Plane} plane */
  limits(plane, epoch = Infinity) {
    return limitsOf(this.data, this.network.buffer, this.inputLimits, plane, epoch);
  }

  /** @param {Plane} plane */
  follows(plane) {
    return Boolean(movingLimits(this.data, plane));
  }

  /** @param {ArrayRef} ref */
  whole(ref) {
    return floats(this.network.buffer, ref);
  }

  /** @param {ArrayRef} ref @param {number[]} epochs @param {number} epoch */
  carriedAt(ref, epochs, epoch) {
    return sliceAt(this.network.buffer, ref, momentAt(epochs, epoch));
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
    return this.memo(epoch, "answers", (at) => {
      const { outputs, logits } = this.ofSamples(at);
      const { network, task } = this.data;
      const probabilities = byClass(task, outputs);
      const classes = probabilities && predicted(probabilities, task.n_classes);
      const ofTrue = probabilities && this.labels && ofTrueClass(probabilities, task.n_classes, this.labels);
      const ofClass1 = probabilities && task.kind === "binary" ? probabilities.filter((_, i) => i % 2) : null;
      return {
        epoch: at,
        probabilities: ofClass1 ?? ofTrue,
        ofTrueClass: ofTrue,
        predicted: classes,
        correct: classes && this.labels && correct(classes, this.labels),
        losses:
          this.targets &&
          losses(network.loss, this.targets, outputs, this.network.lossHasLogits ? logits : null),
        outputs: this.onlyOutput(outputs),
      };
    });
  }

  /**
   * @param {number} epoch
   * @param {Plane} plane
   */
  points(epoch, plane) {
    if (plane.layer === null) {
      return this.values;
    }
    if (plane.units === SPACE) return this.projected(this.ofSamples(epoch), plane); // each turn is seen once
    return this.memo(epoch, `points ${keyOf(plane)}`, (at) => this.projected(this.ofSamples(at), plane));
  }

  /**
   * @param {number} epoch
   * @param {Plane} plane
   * @returns {import("../model").GridLines | null}
   */
  lines(epoch, plane) {
    const lines = this.inputLines;
    if (!lines || plane.layer === null) {
      return lines;
    }
    const seen = (/** @type {number} */ at) => {
      const passage = this.memo(at, "lines", () => this.pass(at, lines.points));
      return { ...lines, points: this.projected(passage, plane) };
    };
    return plane.units === SPACE ? seen(epoch) : this.memo(epoch, `lines ${keyOf(plane)}`, seen);
  }

  /**
   * @param {number} epoch
   * @param {Plane} plane
   * @param {[Range, Range]} limits
   * @returns {import("../model").Regions | null}
   */
  regions(epoch, plane, limits = this.limits(plane, epoch)) {
    const { task } = this.data;
    if (task.kind === "regression" || !this.isWhole(plane)) {
      return null;
    }
    return this.memo(epoch, `regions ${keyOf(plane)} ${limits}`, (at) => {
      const { size, points } = this.mesh(plane, limits);
      const first = this.behind(plane);
      const { outputs, logits } = this.from(at, first, points);
      const probabilities = /** @type {Float32Array} */ (byClass(task, outputs));
      /** @param {Float32Array} refined */
      const scoresOf = (refined) => {
        const own = this.from(at, first, this.entering(plane, refined));
        return scores(task, own.outputs, own.logits);
      };
      const exact = plane.layer === null ? this.units(at, limits, false)?.boundary : null;
      if (exact) return { ...answered(limits, size, probabilities, task.n_classes), boundary: exact };
      const onwards = first < this.network.last; // else the mesh alone is exact
      const known = scores(task, outputs, logits);
      return divide(limits, size, probabilities, task.n_classes, known, onwards ? scoresOf : null);
    });
  }

  /**
   * @param {number} epoch
   * @param {[Range, Range]} limits
   * @param {boolean} deep
   * @returns {import("../model").UnitLines | null}
   */
  units(epoch, limits, deep) {
    const { units } = this.data;
    if (!units) return null;
    return this.memo(epoch, `units ${limits} ${deep}`, (at) => {
      const moment = this.moment(at, limits);
      const { dead, twins } = this.memo(at, "states", () => unitStates(moment, this.tensor(this.values)));
      const pieces = this.pieces(at, limits);
      const exact = pieces && boundaryOf(moment, pieces);
      const curved = deep && !pieces;
      return {
        first: firstLines(moment).map((line) => ({
          ...line,
          dead: dead.has(line.unit),
          twin: twins.get(line.unit) ?? null,
        })),
        deeper: curved
          ? curvedLines(moment, this.mesh(INPUT_PLANE, limits))
          : deep
            ? (pieces?.lines ?? [])
            : [],
        boundary: exact?.segments ?? null,
        kinks: exact?.kinks ?? null,
      };
    });
  }

  /**
   * @param {number} epoch
   * @param {[Range, Range]} limits
   * @returns {import("../model").LinearRegions | null}
   */
  linearRegions(epoch, limits) {
    return this.memo(epoch, `linear ${limits}`, (at) => {
      const score = this.data.units?.score;
      const pieces = score ? this.pieces(at, limits) : null;
      if (!score || !pieces?.z) return null;
      const boundary = boundaryOf(this.moment(at, limits), pieces)?.segments ?? null;
      return { cells: pieces.cells, slopes: slopesOf(pieces.cells, pieces.z, score), boundary };
    });
  }

  /** The linear pieces over a part of the input plane. @param {number} epoch @param {[Range, Range]} limits */
  pieces(epoch, limits) {
    return this.memo(epoch, `pieces ${limits}`, (at) => piecesAt(this.moment(at, limits)));
  }

  /** @param {number} epoch @param {[Range, Range]} limits @returns {import("./unit_lines.js").Moment} */
  moment(epoch, limits) {
    const { network, inputShape } = this;
    const { task, units } = this.data;
    if (!units) throw new Error(`Run “${this.data.title}” has no lines of units.`);
    return {
      network,
      weights: network.weightsAt(answeredAt(this.data, epoch)),
      inputShape,
      limits,
      task,
      units,
    };
  }

  /**
   * What the layers from `first` on make of what enters them.
   *
   * @param {number} epoch @param {number} first @param {Tensor} entering
   * @returns {{ outputs: Tensor, logits: Tensor | null }}
   */
  from(epoch, first, entering) {
    const { network } = this;
    /** @type {Tensor | null} */
    let logits = null;
    const outputs = network.evaluate(network.weightsAt(answeredAt(this.data, epoch)), entering, {
      first,
      visit: (position, z) => {
        if (position === network.last && network.hasLogits) logits = copy(z);
      },
    });
    return { outputs, logits };
  }

  /**
   * What a layer gives for the samples: (n × its values).
   *
   * @param {number} epoch
   * @param {string} layer
   */
  activations(epoch, layer) {
    const last = this.network.position(layer);
    return this.network.evaluate(
      this.network.weightsAt(answeredAt(this.data, epoch)),
      this.tensor(this.values),
      { last },
    ).data;
  }

  /**
   * @param {number} epoch
   * @param {Float32Array} inputs
   */
  ask(epoch, inputs) {
    const passage = this.pass(epoch, inputs);
    return {
      /** @param {Plane} plane */
      points: (plane) => (plane.layer === null ? inputs : this.projected(passage, plane)),
      byClass: byClass(this.data.task, passage.outputs),
      outputs: this.onlyOutput(passage.outputs),
    };
  }

  /**
   * @param {number} epoch
   * @param {string} layer
   * @returns {number[][]}
   */
  divider(epoch, layer) {
    const { network, data } = this;
    const reader = network.position(layer) + 1;
    const only = reader === network.last && sizeOf(this.shapes[reader]) === 1 && data.task.kind === "binary";
    if (!only || !isAffine(network.layers[reader]) || !(network.hasLogits || data.task.from_logits))
      return [];
    const corners = Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1);
    const weights = network.weightsAt(answeredAt(data, epoch));
    const entering = { data: corners, shape: [4, ...this.shapes[reader - 1]] };
    const [b, ...sums] = network.preActivation(reader, weights, entering).data;
    return planeInBox(
      spaceOf(data, layer).unit_limits,
      sums.map((sum) => sum - b),
      b,
    );
  }

  /**
   * @param {number} epoch
   * @param {import("./space.js").Turn} turn
   */
  journey(epoch, turn) {
    const start = startOf(this);
    if (start === null) return null;
    const kept = this.memo(
      epoch,
      "journey",
      () => /** @type {{ turn: string, journey: Journey | null }} */ ({}),
    );
    if (!kept.journey || kept.turn !== String(turn)) {
      const weights = this.network.weightsAt(answeredAt(this.data, epoch));
      const steps = stepsOf(this, weights, start, this.lenses(start, turn));
      kept.journey = new Journey(
        steps,
        firstPlane(this, start, this.data.spaces),
        (inputs) =>
          start ? this.network.evaluate(weights, this.tensor(inputs), { last: start - 1 }).data : inputs,
        start || !this.inputLines ? [this.values] : [this.values, this.inputLines.points],
      );
      kept.turn = String(turn);
    }
    return kept.journey;
  }

  /** How each layer is seen, the same at all epochs. @param {number} start @param {import("./space.js").Turn} turn */
  lenses(start, turn) {
    if (this.seenAs?.turn !== String(turn)) {
      const { network, data, inputShape } = this;
      const size = sizeOf(inputShape);
      const stride = Math.ceil(this.n / MOST_ALIGNED);
      const some = this.values.filter((_, i) => Math.floor(i / size) % stride === 0);
      const epoch = answeredAt(data, data.epochs[data.epochs.length - 1]);
      const weights = network.weightsOfAll(epoch);
      this.seenAs = { turn: String(turn), lenses: lensesOf(this, weights, some, data.spaces, start, turn) };
    }
    return this.seenAs.lenses;
  }

  inputs() {
    return this.values;
  }

  /** What a regression predicts for its samples: (n · outputs). @param {number} epoch */
  outputs(epoch) {
    return this.ofSamples(epoch).outputs.data;
  }

  /** What a regression of one output gives: (n,). @param {Tensor} outputs */
  onlyOutput({ data, shape }) {
    return this.data.task.kind === "regression" && data.length === shape[0] ? data : null;
  }

  /** @param {number} sample */
  target(sample) {
    return this.targets && this.targets.length === this.n ? this.targets[sample] : null;
  }

  /** @param {number} sample */
  input(sample) {
    const size = sizeOf(this.inputShape);
    return this.values.slice(sample * size, (sample + 1) * size);
  }

  /**
   * @template T
   * @param {number} epoch
   * @param {string} key
   * @param {(epoch: number) => T} make
   */
  memo(epoch, key, make) {
    const at = momentAt(this.data.epochs, answeredAt(this.data, epoch)).epoch;
    return this.latest.of(at, key, () => make(at));
  }

  /** @param {number} epoch */
  ofSamples(epoch) {
    return this.memo(epoch, "samples", () => this.pass(epoch, this.values));
  }

  /**
   * @param {number} epoch
   * @param {Float32Array} inputs
   * @returns {Passage}
   */
  pass(epoch, inputs) {
    const { network } = this;
    /** @type {Map<string, Float32Array>} */
    const activations = new Map();
    /** @type {Tensor | null} */
    let logits = null;
    const outputs = network.evaluate(network.weightsAt(answeredAt(this.data, epoch)), this.tensor(inputs), {
      visit: (position, z, a) => {
        const { name } = network.layers[position];
        if (this.shown.has(name)) {
          activations.set(name, a.data.slice());
        }
        if (position === network.last && network.hasLogits) {
          logits = copy(z);
        }
      },
    });
    return { activations, outputs, logits };
  }

  /** @param {Float32Array} inputs */
  tensor(inputs) {
    return { data: inputs, shape: [inputs.length / sizeOf(this.inputShape), ...this.inputShape] };
  }

  /**
   * @param {Passage} passage
   * @param {import("./planes.js").LayerPlane} plane
   */
  projected(passage, plane) {
    const space = spaceOf(this.data, plane.layer);
    return project(/** @type {Float32Array} */ (passage.activations.get(plane.layer)), plane, space);
  }

  /**
   * Whether what lies in the plane is all that the layers behind it are given.
   *
   * @param {Plane} plane
   */
  isWhole(plane) {
    if (plane.layer === null) {
      return this.inputLimits !== null;
    }
    return Array.isArray(plane.units) && spaceOf(this.data, plane.layer).n_units === 2;
  }

  /**
   * The first layer that what lies in the plane enters.
   *
   * @param {Plane} plane
   */
  behind(plane) {
    return plane.layer === null ? 0 : this.network.position(plane.layer) + 1;
  }

  /**
   * A mesh over a part of the plane, as it enters the layers behind it. Of each plane the last one is kept.
   *
   * @param {Plane} plane
   * @param {[Range, Range]} limits
   */
  mesh(plane, limits) {
    const key = keyOf(plane);
    const known = this.meshes.get(key);
    if (known && String(known.limits) === String(limits)) {
      return known;
    }
    const size = meshSize(this.network.cost(this.behind(plane)), this.sharing);
    const made = { limits, size, points: this.entering(plane, mesh(limits, size)) };
    this.meshes.set(key, made);
    return made;
  }

  /**
   * Points of a plane (2n,) as they enter the layers behind it.
   *
   * @param {Plane} plane @param {Float32Array} points
   * @returns {Tensor}
   */
  entering(plane, points) {
    const first = this.behind(plane);
    const turned = plane.layer !== null && plane.units[0] === 2; // units in the other order
    const data = turned ? points.map((_, i) => points[i ^ 1]) : points;
    return { data, shape: [points.length / 2, ...(first ? this.shapes[first - 1] : this.inputShape)] };
  }
}
