/** The network as a diagram: what its units answer to, the weights between them, and units taken away. */

import { slice } from "./arrays.js";
import { mesh } from "./grid.js";
import { answeredAt, momentAt } from "./moments.js";
import { copy } from "./network.js";
import { boundaryLines, divide } from "./regions.js";
import { byClass, scores } from "./task.js";

/** @import { ColumnData, DiagramData, Quantity, Range } from "../types" */
/** @import { Regions } from "../model" */
/** @import { Tensor } from "./layers.js" */
/** @import { WeightsRun } from "./weights_run.js" */

/**
 * Pictures of the drawn units of a column, one after the other: values (n, height, width), or of a density
 * (n, bins, groups), shares of the fullest bin.
 *
 * @typedef {{ kind: "signed" | "share" | "grey" | "bars", values: Float32Array, n: number, width: number,
 *   height: number, limit: number }} Pictures
 */

/** Units by their layer, counted from 1. @typedef {Record<string, number[]>} Taken */

const [SIDE, SMALLEST, WORK] = [24, 10, 1_500_000]; // points of a mesh, and multiplications for it
const FINE = 64; // points a side of the mesh that a unit's line is found on
const BINS = 24;

export class Diagram {
  /** @param {WeightsRun} run @param {DiagramData} data */
  constructor(run, data) {
    this.run = run;
    this.data = data;
    this.columns = data.columns;
    /** @type {Taken} */
    this.taken = {};
    const cost = run.network.cost(0);
    this.side = Math.max(SMALLEST, Math.min(SIDE, Math.floor(Math.sqrt(WORK / Math.max(1, cost)))));
    const limits = run.inputLimits;
    this.mesh = data.kind === "plane" && limits ? run.tensor(mesh(limits, this.side)) : null;
    /** Which units are dead or saturated at a snapshot. @type {{ key: string, states: Uint8Array[] } | null} */
    this.known = null;
    /** The last layers of the columns. */
    this.ends = data.columns.map(({ layers }) =>
      layers.length ? run.network.position(layers[layers.length - 1]) : -1,
    );
  }

  /** What is taken away, in short. */
  get key() {
    return Object.entries(this.taken)
      .map(([layer, units]) => `${layer}:${units}`)
      .join(" ");
  }

  // Units taken away

  /** @param {number} column @param {number} unit counted from 0 */
  isTaken(column, unit) {
    return Boolean(this.taken[this.columns[column].layers[0]]?.includes(unit + 1));
  }

  /** Take a unit away, or bring it back. @param {number} column @param {number} unit counted from 0 */
  toggle(column, unit) {
    const { takes, layers } = this.columns[column];
    if (!takes) return;
    const own = this.taken[layers[0]] ?? [];
    const others = own.filter((each) => each !== unit + 1);
    this.take({ ...this.taken, [layers[0]]: others.length < own.length ? others : [...own, unit + 1] });
  }

  /**
   * Evaluate the network without these units from now on: the weights that read them are 0, as
   * `replay/runs/without.py` has it. What the run does not have, or cannot lack, is passed over.
   *
   * @param {Taken} taken
   */
  take(taken) {
    const found = this.columns.flatMap((column, place) => {
      const units = (column.takes && taken[column.layers[0]]) || [];
      const own = [...new Set(units)].filter((unit) => unit >= 1 && unit <= column.n).sort((a, b) => a - b);
      return own.length ? [{ place, layer: column.layers[0], units: own }] : [];
    });
    this.taken = Object.fromEntries(found.map(({ layer, units }) => [layer, units]));
    const { network } = this.run;
    const silent = new Map(
      found.map(({ place, units }) => [
        network.position(this.columns[place + 1].layers[0]),
        Uint8Array.from({ length: this.columns[place].n }, (_, unit) => Number(units.includes(unit + 1))),
      ]),
    );
    this.run.silence(silent);
  }

  // At an epoch

  /** What the units of each column answer to. @param {number} epoch @returns {Pictures[]} */
  pictures(epoch) {
    if (this.mesh) return this.overPlane(epoch, this.mesh).pictures;
    return this.run.memo(epoch, "pictures", (at) => this.ofSamples(at));
  }

  /** The classes over the input plane. @param {number} epoch @returns {Regions | null} */
  regions(epoch) {
    return this.mesh && this.overPlane(epoch, this.mesh).regions;
  }

  /** @param {number} epoch @param {Tensor} points @returns {{ pictures: Pictures[], regions: Regions | null }} */
  overPlane(epoch, points) {
    return this.run.memo(epoch, "over the plane", (at) => {
      const { run, side } = this;
      const { values, outputs, logits } = this.through(at, points);
      /** @type {Pictures[]} */
      const pictures = this.columns.map(({ shown, range }, place) => ({
        kind: "signed",
        values: values[place],
        n: shown.length,
        width: side,
        height: side,
        limit: Math.max(...range.map(Math.abs)),
      }));
      const { task } = run.data;
      const p = byClass(task, outputs);
      if (!p || !run.inputLimits) return { pictures, regions: null };
      const last = this.columns[this.columns.length - 1];
      if (last.n > 1) {
        const shares = last.shown.flatMap((unit) => gathered(p, task.n_classes, unit));
        pictures[pictures.length - 1] = {
          ...pictures[pictures.length - 1],
          kind: "share",
          values: Float32Array.from(shares),
        };
      }
      return {
        pictures,
        regions: divide(run.inputLimits, side, p, task.n_classes, scores(task, outputs, logits)),
      };
    });
  }

  /** Densities of what the units answer to the samples and, where these are images, kernels. @param {number} epoch */
  ofSamples(epoch) {
    const { run, data } = this;
    const { values } = this.through(epoch, run.tensor(run.values));
    const groups = Math.max(1, run.data.task.n_classes);
    const pictures = this.columns.map((column, place) =>
      densities(values[place], column, run.labels, groups),
    );
    const { image } = data;
    if (image) {
      const pixels = image.height * image.width;
      const kernel = this.weightsAt(epoch)[run.network.position(this.columns[1].layers[0])].kernel;
      const { n, shown } = this.columns[1];
      const kernels = shown.flatMap((unit) => averaged(gathered(kernel.data, n, unit), pixels));
      const mean = averaged(meanOf(run.values, run.n), pixels);
      const shape = { width: image.width, height: image.height };
      pictures[0] = { ...shape, kind: "grey", values: Float32Array.from(mean), n: 1, limit: 1 };
      pictures[1] = {
        ...shape,
        kind: "signed",
        values: Float32Array.from(kernels),
        n: shown.length,
        limit: image.limit,
      };
    }
    return pictures;
  }

  /**
   * What the drawn units of each column answer: (n, m) each.
   *
   * @param {number} epoch @param {Tensor} inputs
   */
  through(epoch, inputs) {
    const { network } = this.run;
    const values = this.columns.map(() => new Float32Array(0));
    const take = (/** @type {number} */ place, /** @type {Float32Array} */ data) => {
      const { n, shown } = this.columns[place];
      const m = data.length / n;
      values[place] = new Float32Array(shown.length * m);
      shown.forEach((unit, at) => {
        for (let row = 0; row < m; row++) values[place][at * m + row] = data[row * n + unit];
      });
    };
    if (this.ends[0] < 0) take(0, inputs.data);
    /** @type {Tensor | null} */
    let logits = null;
    const outputs = network.evaluate(this.weightsAt(epoch), inputs, {
      visit: (position, z, a) => {
        const place = this.ends.indexOf(position);
        if (place >= 0) take(place, a.data);
        if (position === network.last && network.hasLogits) logits = copy(z);
      },
    });
    return { values, outputs, logits: /** @type {Tensor | null} */ (logits) };
  }

  /** @param {number} epoch */
  weightsAt(epoch) {
    return this.run.network.weightsAt(answeredAt(this.run.data, epoch));
  }

  /**
   * The drawn edges between each two columns, (left × right) each, and the biases of the drawn units, NaN where
   * there are none.
   *
   * @param {number} epoch @param {Quantity} quantity
   */
  weights(epoch, quantity) {
    return this.run.memo(epoch, `drawn ${quantity}`, (at) => {
      const { network } = this.run;
      const now = quantity === "weights" ? this.weightsAt(at) : null;
      const [before, after] = stepAt(this.run.data.epochs, at);
      const edges = this.columns.slice(1).map((right, place) => {
        const position = network.position(right.layers[0]);
        const left = this.columns[place];
        const drawn = this.data.kind === "image" && place === 0 ? [] : left.shown;
        /** @param {string} name @param {number} index */
        const value = (name, index) =>
          now
            ? (now[position][name]?.data[index] ?? NaN)
            : this.carried(position, name, after, index) - this.carried(position, name, before, index);
        return {
          edges: Float32Array.from(
            drawn.flatMap((from) => right.shown.map((to) => value("kernel", from * right.n + to))),
          ),
          biases: Float32Array.from(right.shown.map((unit) => value("bias", unit))),
        };
      });
      return {
        edges: edges.map((each) => each.edges),
        biases: [Float32Array.from(this.columns[0].shown, () => NaN), ...edges.map((each) => each.biases)],
      };
    });
  }

  /** A weight at a snapshot, NaN where there is none. @param {number} position @param {string} name @param {number} snapshot @param {number} index */
  carried(position, name, snapshot, index) {
    const ref = this.run.network.layers[position].weights[name];
    return ref ? slice(this.run.network.buffer, ref, snapshot)[index] : NaN;
  }

  /**
   * A weight or, without `from`, a bias at all snapshots: (s,).
   *
   * @param {number} column of the unit that it leads to @param {number} to @param {number | null} from
   */
  history(column, to, from) {
    const { layers, n } = this.columns[column];
    const position = this.run.network.position(layers[0]);
    const [name, index] = from === null ? ["bias", to] : ["kernel", from * n + to];
    return Float32Array.from(this.run.data.epochs, (_, snapshot) =>
      this.carried(position, name, snapshot, index),
    );
  }

  /** The mean |activation| of the drawn units of each column, over the samples. @param {number} epoch */
  sizes(epoch) {
    return this.run.memo(epoch, "sizes", (at) => {
      const { values } = this.through(at, this.run.tensor(this.run.values));
      const { n } = this.run;
      return values.map((own) =>
        Float32Array.from({ length: own.length / n }, (_, unit) => {
          let sum = 0;
          for (let sample = 0; sample < n; sample++) sum += Math.abs(own[unit * n + sample]);
          return sum / n;
        }),
      );
    });
  }

  /**
   * Which units are dead or saturated at the last snapshot: by column, 1 for each drawn unit that is.
   *
   * @param {number} epoch
   */
  states(epoch) {
    const { run } = this;
    const snapshot = run.data.epochs[momentAt(run.data.epochs, answeredAt(run.data, epoch)).before];
    const key = `${snapshot} ${this.key}`;
    if (this.known?.key !== key) this.known = { key, states: this.statesAt(snapshot) };
    return this.known.states;
  }

  /** @param {number} epoch */
  statesAt(epoch) {
    const { run, columns } = this;
    const found = columns.map(({ shown }) => new Uint8Array(shown.length));
    if (!columns.some(({ state }) => state)) return found;
    const places = new Map(
      columns.flatMap(({ state }, place) => (state ? [[run.network.position(state.layer), place]] : [])),
    );
    run.network.evaluate(run.network.weightsAt(epoch), run.tensor(run.values), {
      visit: (position, z) => {
        const place = places.get(position);
        if (place === undefined) return;
        const { n, shown, state } = columns[place];
        const dead = state?.state === "dead";
        const bound = state?.bound ?? 0;
        shown.forEach((unit, at) => {
          let count = 0;
          for (let i = unit; i < z.data.length; i += n)
            count += Number(dead ? z.data[i] <= bound : Math.abs(z.data[i]) > bound);
          const rows = z.data.length / n;
          found[place][at] = Number(dead ? count === rows : 2 * count > rows);
        });
      },
    });
    return found;
  }

  /**
   * Where in the input plane the z of a unit is 0: lines over these limits.
   *
   * @param {number} epoch @param {number} column @param {number} unit counted from 0 @param {[Range, Range]} limits
   */
  lines(epoch, column, unit, limits) {
    const { run } = this;
    const [layer] = this.columns[column].layers;
    return run.memo(epoch, `line ${layer} ${unit} ${limits}`, (at) => {
      const position = run.network.position(layer);
      const { n } = this.columns[column];
      const values = new Float32Array(2 * FINE * FINE);
      run.network.evaluate(this.weightsAt(at), run.tensor(mesh(limits, FINE)), {
        last: position,
        visit: (visited, z) => {
          if (visited !== position) return;
          for (let i = 0; i < FINE * FINE; i++) values[2 * i] = z.data[i * n + unit];
        },
      });
      return boundaryLines(limits, FINE, values, 2);
    });
  }
}

/**
 * The snapshots between which an epoch lies: at a snapshot, the step that led there, at the first the one to come.
 *
 * @param {readonly number[]} epochs @param {number} epoch
 */
export function stepAt(epochs, epoch) {
  const { before, share } = momentAt(epochs, epoch);
  const after = Math.min(Math.max(1, share ? before + 1 : before), epochs.length - 1);
  return [Math.max(0, after - 1), after];
}

/** Every value of one of `n` columns. @param {Float32Array} data @param {number} n @param {number} column */
function gathered(data, n, column) {
  return Array.from({ length: data.length / n }, (_, row) => data[row * n + column]);
}

/** The mean over channels. @param {ArrayLike<number>} values @param {number} pixels */
function averaged(values, pixels) {
  const channels = values.length / pixels;
  return Array.from({ length: pixels }, (_, pixel) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += values[pixel * channels + c];
    return sum / channels;
  });
}

/** The mean of n samples. @param {Float32Array} values @param {number} n */
function meanOf(values, n) {
  const mean = new Float64Array(values.length / n);
  for (let i = 0; i < values.length; i++) mean[i % mean.length] += values[i] / n;
  return mean;
}

/**
 * @param {Float32Array} values (units, samples) @param {ColumnData} column @param {Int32Array | null} labels
 * @param {number} groups
 * @returns {Pictures}
 */
function densities(values, { shown, range: [low, high] }, labels, groups) {
  const n = shown.length;
  const samples = n ? values.length / n : 0;
  const counts = new Float32Array(n * BINS * groups);
  const tops = new Float32Array(n);
  const sums = new Float32Array(n * BINS);
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const unit = Math.floor(i / samples);
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * BINS)));
    counts[(unit * BINS + bin) * groups + (labels ? labels[i % samples] : 0)] += 1;
    tops[unit] = Math.max(tops[unit], (sums[unit * BINS + bin] += 1));
  });
  const shares = counts.map((count, i) => count / Math.max(1, tops[Math.floor(i / (BINS * groups))]));
  return { kind: "bars", values: shares, n, width: BINS, height: groups, limit: 1 };
}
