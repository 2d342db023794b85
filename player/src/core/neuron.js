/** A single neuron of two inputs: its line, its weighted sums, and how it does as a threshold. */

import { mesh } from "./grid.js";
import { INPUT_PLANE } from "./planes.js";

/** @import { NeuronData, NeuronsData, Range } from "../types" */
/** @import { Plane, RunModel } from "../model" */
/** @import { Stage } from "./stage.js" */

/** @typedef {{ layer: NeuronsData, unit: NeuronData }} Neuron */

const MESH = 64; // points a side

/** The neuron of a run that is looked at, by default its first one; null where it has none. @param {RunModel} run @param {Stage} stage @returns {Neuron | null} */
export function neuronOf(run, stage) {
  const layers = run.diagram ? run.data.neurons : [];
  const layer = layers.find((each) => each.layer === stage.neuron?.layer) ?? layers[0];
  if (!layer) return null;
  const wanted = layer.layer === stage.neuron?.layer ? stage.neuron.unit : 0;
  return { layer, unit: layer.units.find(({ number }) => number === wanted) ?? layer.units[0] };
}

/** The plane of what enters. @param {Neuron} neuron @returns {Plane} */
export function planeOf({ layer }) {
  return layer.source === null ? INPUT_PLANE : { layer: layer.source, units: [1, 2] };
}

/** Weights and bias. @param {RunModel} run @param {number} epoch @param {Neuron} neuron */
export function weightsOf(run, epoch, { layer, unit }) {
  if (!run.diagram) throw new Error("This run has no weights.");
  const { network } = run.diagram.run;
  const { kernel, bias } = run.diagram.weightsAt(epoch)[network.position(layer.layer)];
  const n = kernel.shape[1];
  const at = unit.number - 1;
  return { w: [kernel.data[at], kernel.data[n + at]], b: bias ? bias.data[at] : 0 };
}

/** z = w·x + b of each sample: (n,). @param {RunModel} run @param {number} epoch @param {Neuron} neuron @param {RunModel} [of] whose samples */
export function zOf(run, epoch, neuron, of = run) {
  const { w, b } = weightsOf(run, epoch, neuron);
  const points = of.points(epoch, planeOf(neuron));
  return Float32Array.from({ length: of.n }, (_, i) => w[0] * points[2 * i] + w[1] * points[2 * i + 1] + b);
}

/**
 * How many samples lie above the threshold, z > 0, and how many below: of the class that the unit speaks for, and
 * of the others. Of a regression all are of one group.
 *
 * @param {Float32Array} z @param {Int32Array | null} labels @param {number | null} speaksFor
 */
export function sidesOf(z, labels, speaksFor) {
  const [above, below] = [
    [0, 0],
    [0, 0],
  ];
  z.forEach((value, i) => {
    const group = groupOf(labels, speaksFor, i);
    if (value > 0) above[group] += 1;
    else if (value <= 0) below[group] += 1;
  });
  return { above, below, right: above[0] + below[1] };
}

/** 0 for the class that a unit speaks for, 1 for the others. @param {Int32Array | null} labels @param {number | null} speaksFor @param {number} sample */
export function groupOf(labels, speaksFor, sample) {
  return speaksFor === null || !labels || labels[sample] === speaksFor ? 0 : 1;
}

/**
 * The activation over the plane as a share of its range, rows from the bottom up: (size · size,).
 *
 * @param {RunModel} run @param {number} epoch @param {Neuron} neuron @param {[Range, Range]} limits
 */
export function strengthOf(run, epoch, { layer, unit }, limits) {
  if (!run.diagram) throw new Error("This run has no weights.");
  const own = run.diagram.run;
  return own.memo(epoch, `strength ${layer.layer} ${unit.number} ${limits}`, (at) => {
    const { network } = own;
    const points = own.entering(planeOf({ layer, unit }), mesh(limits, MESH));
    const first = layer.source === null ? 0 : network.position(layer.source) + 1;
    const last = network.position(layer.acting);
    const { data, shape } = network.evaluate(run.diagram?.weightsAt(at) ?? [], points, { first, last });
    const [low, high] = unit.ends;
    const n = shape[shape.length - 1];
    const values = Float32Array.from({ length: MESH * MESH }, (_, i) =>
      Math.max(0, Math.min(1, (data[i * n + unit.number - 1] - low) / (high - low) || 0)),
    );
    return { size: MESH, values };
  });
}

/**
 * The point of the line w·x + b = 0 that is nearest to another: the way there is along w.
 *
 * @param {{ w: number[], b: number }} weights @param {number[]} point
 */
export function nearestOf({ w, b }, point) {
  const square = w[0] ** 2 + w[1] ** 2;
  const away = (w[0] * point[0] + w[1] * point[1] + b) / square;
  return [point[0] - away * w[0], point[1] - away * w[1]];
}
