/** The page's address: what is on stage as the part of a link behind its #, read, followed and copied. */

import { fromLink, toLink } from "../core/link.js";
import { MOST_SHOWN } from "../core/stage.js";
import { START, turned } from "../core/space.js";
import { views } from "../core/words.js";
import { say } from "../core/language.js";

/** @import { SampleNumbers } from "../core/sample_numbers.js" */
/** @import { Stage } from "../core/stage.js" */

export class Address {
  /** @param {Stage} stage @param {SampleNumbers} numbers */
  constructor(stage, numbers) {
    this.stage = stage;
    this.numbers = numbers;
    this.start = stage.page.start;
  }

  /** Whether the page has one of its own; within a notebook it has none. */
  get exists() {
    return /^(file|https?):$/.test(location.protocol);
  }

  /** Take over what the link says, and of what it does not say how the page begins. Whether it names a moment. */
  read() {
    const { stage, start } = this;
    const link = fromLink(location.hash);
    const named = (link.run ?? []).map((name) => stage.runs.findIndex((run) => run.data.name === name));
    const found = [...new Set(named.filter((index) => index >= 0))].slice(0, MOST_SHOWN);
    stage.show(found.length ? found : start.runs);
    stage.view = link.view && link.view in views() ? link.view : (start.view ?? "dashboard");
    stage.space = link.space && stage.layers.includes(link.space) ? link.space : start.layer;
    stage.units = link.units ?? start.units;
    stage.turn = link.turn ? turned(link.turn, 0, 0) : START;
    stage.mark = link.morph === undefined ? null : Math.max(0, link.morph);
    stage.showsHeldOut = link.heldOut ?? true;
    stage.quantity = link.quantity === "changes" ? "changes" : "weights";
    const neuron = link.unit ? unitsIn(link.unit) : null;
    stage.neuron = neuron ? { layer: neuron.layer, unit: neuron.units[0] } : (start.neuron ?? null);
    stage.runs.forEach((run) =>
      run.diagram?.take(takenIn(link.without ?? [], run.data.name, stage.runs.length > 1)),
    );
    stage.unitLines = link.unitLines ?? null;
    stage.probes = [];
    this.readProbes(link);
    if (link.epoch === undefined) return false;
    stage.clock.show(link.epoch);
    return true;
  }

  /** @param {import("../core/link.js").LinkState} link */
  readProbes(link) {
    const { stage, numbers } = this;
    const { run } = stage.onStage[0];
    const set = run.data.samples;
    for (const [owner, found] of /** @type {const} */ ([
      [run, link.sample],
      [run.heldOut, link.heldOutSample],
    ])) {
      for (const number of (owner && found) || []) {
        const own = /** @type {import("../model").RunModel} */ (owner);
        const sample = numbers.find(own.data.samples, number);
        if (sample >= 0 && sample < own.n) stage.probe({ set: own.data.samples, sample, input: null });
      }
    }
    if (!stage.page.samples[set].limits) return;
    for (const [x, y] of link.probe ?? []) stage.probe({ set, sample: null, input: Float32Array.of(x, y) });
  }

  /** All that differs from how the page begins. */
  get link() {
    const { stage, start } = this;
    const plane = stage.onStage.map(({ run }) => stage.featurePlane(run)).find(Boolean);
    const { layer, units } = plane?.layer ? plane : { layer: undefined, units: undefined };
    const own = stage.runs.map(({ data }) => data.samples);
    const held = stage.runs.flatMap(({ heldOut }) => heldOut?.data.samples ?? []);
    return toLink({
      epoch: stage.epoch,
      run: stage.runs.length > 1 ? stage.onStage.map(({ run }) => run.data.name) : undefined,
      view: stage.view === (start.view ?? "dashboard") ? undefined : stage.view,
      space: stage.space === start.layer ? undefined : layer,
      units: String(stage.units) === String(start.units) ? undefined : units,
      turn: String(stage.turn) === String(START) ? undefined : stage.turn,
      morph: stage.mark ?? undefined,
      heldOut: stage.showsHeldOut,
      quantity: stage.quantity === "weights" ? undefined : stage.quantity,
      unit:
        stage.neuron && JSON.stringify(stage.neuron) !== JSON.stringify(start.neuron)
          ? `${stage.neuron.layer}:${stage.neuron.unit}`
          : undefined,
      without: stage.runs.flatMap((run) =>
        Object.entries(run.diagram?.taken ?? {}).map(
          ([layer, units]) => `${stage.runs.length > 1 ? `${run.data.name}/` : ""}${layer}:${units}`,
        ),
      ),
      unitLines: stage.unitLines ?? undefined,
      probe: stage.probes.flatMap(({ input }) => (input ? [[input[0], input[1]]] : [])),
      sample: this.numbersOf(own),
      heldOutSample: this.numbersOf(held.filter((set) => !own.includes(set))),
    });
  }

  /** The numbers of the samples of these sets that are followed. @param {number[]} sets */
  numbersOf(sets) {
    return this.stage.probes.flatMap(({ set, sample }) =>
      sample !== null && sets.includes(set) ? [this.numbers.of(set, sample)] : [],
    );
  }

  /** Let the address follow what is shown; within some frames it may not change, and stays as it is. */
  write() {
    if (!this.exists || location.hash === this.link) return;
    try {
      history.replaceState(null, "", this.link);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }

  /** Copy the link; returns what to tell the reader, the link itself where nothing may be copied. */
  async copy() {
    const link = `${location.href.replace(/#.*$/, "")}${this.link}`;
    try {
      await navigator.clipboard.writeText(link);
      return say("The link is copied.");
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
      return say("This is the link: {link}", { link });
    }
  }
}

/** A layer and units of it, as in "hidden:2,5". @param {string} text */
function unitsIn(text) {
  const [, layer, numbers] = text.match(/^(.+):(\d+(?:,\d+)*)$/) ?? [];
  return layer ? { layer, units: numbers.split(",").map(Number) } : null;
}

/**
 * What a link takes away from a run. Of several runs each text begins with the name of its own.
 *
 * @param {string[]} texts @param {string} run @param {boolean} several
 * @returns {Record<string, number[]>}
 */
function takenIn(texts, run, several) {
  const start = several ? `${run}/` : "";
  const own = texts.filter((text) => text.startsWith(start)).map((text) => unitsIn(text.slice(start.length)));
  return Object.fromEntries(own.filter((each) => each !== null).map(({ layer, units }) => [layer, units]));
}
