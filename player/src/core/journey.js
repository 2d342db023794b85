/**
 * The way of points from the input plane through all layers to the output, as `replay/views/journey.py` has it.
 *
 * A mark counts steps: at 0 all stand in the input plane, at 1 the first step is done, and between two marks
 * points are on their way. A Dense layer from two units to two is stretched, rotated and shifted, see morph.js;
 * any other is one straight move of the picture. One unit is a line: points keep the height that they had
 * before, pressed into a band. Where inputs are no plane, the way begins behind the first layer of two units.
 */

import { AFFINE_STAGES, morphOf } from "./morph.js";
import { isLinear } from "./network.js";

/** @import { Morph, Plane } from "../model" */
/** @import { Weights } from "./layers.js" */
/** @import { Chain, Lens } from "./lenses.js" */

/**
 * What one step makes of activations; `between` is where points of a plane that enter the layer at mark `from` are on
 * the way, null where they go straight.
 *
 * @typedef {{ layer: string, stage: string, lens: Lens, names: [string, string], plane: Plane | null, from: number,
 *   after: (values: Float32Array, entering: Float32Array) => Float32Array,
 *   between: ((entering: Float32Array, share: number) => Float32Array) | null }} Step
 */

/** A line of one unit: where the middle of heights was, and by how much they shrink. @typedef {{ middle: number, factor: number }} Band */

const BAND = 0.22; // the height of a line, as a share of its length
const SCALES = ["BatchNormalization", "Normalization", "Rescaling"];

export class Journey {
  /**
   * @param {Step[]} steps
   * @param {Plane | null} first the plane at mark 0
   * @param {(inputs: Float32Array) => Float32Array} enter what of the inputs comes there
   * @param {Float32Array[]} measures samples and, of 2-D inputs, grid lines: the bands of lines are measured by them
   */
  constructor(steps, first, enter, measures) {
    this.steps = steps;
    this.first = first;
    this.enter = enter;
    this.measures = measures;
    this.hasLines = steps.some(({ lens }) => !lens.of);
    /** By their mark. @type {Map<number, Band>} */
    this.bands = new Map();
    /** Where points stand at each whole mark. @type {WeakMap<Float32Array, Float32Array[]>} */
    this.known = new WeakMap();
  }

  /** The last mark. */
  get length() {
    return this.steps.length;
  }

  /** What the page shows of a layer where a mark is its end, else null. @param {number} mark a whole one */
  planeAt(mark) {
    return mark ? this.steps[mark - 1].plane : this.first;
  }

  /** Where inputs stand in the picture: (2m,). @param {Float32Array} inputs @param {number} mark */
  move(inputs, mark) {
    const before = Math.min(Math.floor(mark), this.length);
    const stands = this.stands(inputs);
    const share = mark - before;
    if (share === 0 || before === this.length) return stands[before].slice();
    const { between, from } = this.steps[before];
    if (between) return between(stands[from], share);
    const after = stands[before + 1];
    return stands[before].map((value, i) => value * (1 - share) + after[i] * share);
  }

  /** @param {Float32Array} inputs @returns {Float32Array[]} */
  stands(inputs) {
    if (this.hasLines && !this.known.has(this.measures[0])) this.measure();
    const found = this.known.get(inputs) ?? this.gone(inputs);
    this.known.set(inputs, found);
    return found;
  }

  /** Let all that is shown have the same bands. */
  measure() {
    const { measures } = this;
    const seen = this.gone(measures.length > 1 ? joined(measures) : measures[0]);
    let start = 0;
    for (const each of measures) {
      const end = measures.length > 1 ? start + each.length : seen[0].length;
      this.known.set(
        each,
        seen.map((points) => points.subarray(start, end)),
      );
      start = end;
    }
  }

  /** @param {Float32Array} inputs */
  gone(inputs) {
    /** @type {Float32Array[]} */
    const seen = [];
    for (const values of this.activations(inputs)) {
      const lens = seen.length ? this.steps[seen.length - 1].lens : null;
      if (!lens) seen.push(values);
      else if (lens.of) seen.push(lens.of(values));
      else seen.push(this.onLine(values, seen[seen.length - 1], seen.length));
    }
    return seen;
  }

  /** What inputs have become at each whole mark: (m × units). @param {Float32Array} inputs */
  *activations(inputs) {
    let values = this.enter(inputs);
    let entering = values;
    yield values;
    for (const [number, step] of this.steps.entries()) {
      if (step.from === number) entering = values;
      values = step.after(values, entering);
      yield values;
    }
  }

  /** Values of one unit in its band, by the heights they had. @param {Float32Array} values @param {Float32Array} before @param {number} mark */
  onLine(values, before, mark) {
    const band = this.bands.get(mark) ?? bandOf(values, before);
    this.bands.set(mark, band);
    return Float32Array.from({ length: 2 * values.length }, (_, i) =>
      i % 2 ? (before[i] - band.middle) * band.factor : values[i >> 1],
    );
  }
}

/**
 * The steps of a chain from the layer at `start` on; empty where no layer does anything.
 *
 * @param {Chain} chain @param {Weights[]} weights @param {number} start @param {Lens[]} lenses of each layer
 * @returns {Step[]}
 */
export function stepsOf(chain, weights, start, lenses) {
  /** @type {Step[]} */
  const steps = [];
  chain.network.layers.forEach(({ name: layer }, position) => {
    if (position < start) return;
    const lens = lenses[position];
    const from = steps.length;
    for (const { bent = null, between = null, ...made } of stagesOf(chain, weights, position))
      steps.push({ ...made, layer, lens, names: lens.names(bent), plane: null, from, between });
    if (lens.last === position && steps.length > 0) steps[steps.length - 1].plane = lens.plane;
  });
  return steps;
}

/**
 * What one layer does, one after another; nothing where it passes its input on. `bent` is its activation, behind it.
 *
 * @param {Chain} chain @param {Weights[]} weights @param {number} position
 * @returns {Iterable<Pick<Step, "stage" | "after"> & { between?: Step["between"], bent?: string }>}
 */
function* stagesOf({ network, shapes, inputShape }, weights, position) {
  const layer = network.layers[position];
  const [before, after] = [position ? shapes[position - 1] : inputShape, shapes[position]];
  const reads = position === network.layers.findLastIndex((each) => each.class_name === "Dense");
  const isDense = layer.class_name === "Dense";
  const apart =
    isDense && !reads && before[0] === 2 && after[0] === 2
      ? morphOf(network, position, weights, before)
      : null;
  if (apart) return yield* stagesOfMorph(apart);
  const z = (/** @type {Float32Array} */ values) =>
    network.preActivation(position, weights, rows(values, before)).data;
  const a = (/** @type {Float32Array} */ values) =>
    network.activation(position, weights, rows(values, after)).data;
  if (isDense) yield { stage: reads ? "read" : "mix", after: z };
  else if (SCALES.includes(layer.class_name)) yield { stage: "scale", after: z };
  else if (layer.class_name === "LayerNormalization") yield { stage: "normalise", after: z };
  const bent = layer.activation ?? "prelu";
  if (!isLinear(layer)) yield { stage: bent, after: a, bent };
}

/** @param {Morph} morph @returns {ReturnType<typeof stagesOf>} */
function* stagesOfMorph({ stages, move }) {
  for (const [number, stage] of stages.entries()) {
    yield {
      stage,
      after: (_, entering) => move(entering, number + 1),
      between: stage === "rotate" ? (entering, share) => move(entering, number + share) : null,
      bent: AFFINE_STAGES.includes(stage) ? undefined : stage,
    };
  }
}

/** @param {Float32Array} data @param {number[]} shape of one */
const rows = (data, shape) => ({ data, shape: [data.length / shape[0], ...shape] });

/** @param {Float32Array} values of one unit @param {Float32Array} before where they were in the picture @returns {Band} */
function bandOf(values, before) {
  const heights = before.filter((_, i) => i % 2 === 1);
  const [[low, high], [left, right]] = [ends(heights), ends(values)];
  const factor = (BAND * (right - left || 1)) / (high - low);
  return Number.isFinite(factor) ? { middle: (low + high) / 2, factor } : { middle: 0, factor: 0 };
}

/** @param {Float32Array} values */
function ends(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** @param {Float32Array[]} parts */
function joined(parts) {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    all.set(part, start);
    start += part.length;
  }
  return all;
}
