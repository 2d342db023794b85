/** In words and numbers: the sample under the pointer, the probes and the followed group, run by run. */

import { classNumber, classWord } from "../core/names.js";
import { percent, probability, short } from "../core/numbers.js";
import { ofSet, probeInput } from "../core/scene.js";
import { listed, say, sayNumber } from "../core/language.js";
import { element } from "./dom.js";
import { context2d } from "./canvas.js";

/** @import { RunModel } from "../model" */
/** @import { Stage, Probe } from "../core/stage.js" */

/** @typedef {{ mark: string, name: string, cells: string[] }} Row */

/** What is told of a sample, by the task. */
const columnsByTask = () => ({
  binary: [say("predicted"), "", say("loss")],
  multiclass: [say("predicted"), say("P(true class)"), say("loss")],
  regression: [say("output"), say("target"), say("loss")],
});
const hint = () =>
  say("Point at a sample to see it in every view, click to follow it as a probe, drag to follow a group.");

/**
 * What samples look like, where they are images, and what they are called.
 *
 * @typedef {{
 *   imageOf: (set: number, sample: number) => ImageData | null,
 *   numbers: import("../core/sample_numbers.js").SampleNumbers,
 * }} Samples
 */

export class Readout {
  /** @param {Stage} stage @param {Samples} samples */
  constructor(stage, samples) {
    this.stage = stage;
    this.samples = samples;
    this.hint = element("p", { class: "hint" }, hint());
    this.caption = element("caption");
    this.head = element("thead");
    this.body = element("tbody");
    this.table = element("table", {}, this.caption, this.head, this.body);
    this.image = element("canvas", { class: "image", hidden: true, role: "img" });
    this.clear = element("button", { type: "button" }, say("Clear"));
    this.clear.addEventListener("click", () => stage.clear());
    this.element = element(
      "section",
      { class: "readout", "aria-label": say("Followed samples") },
      this.image,
      this.hint,
      this.table,
      this.clear,
    );
    this.drawnImage = "";
    this.said = "";
  }

  draw() {
    const { stage } = this;
    const rows = [...this.hovered(), ...this.probes(), ...this.group()];
    this.hint.hidden = rows.length > 0;
    this.table.hidden = rows.length === 0;
    this.clear.hidden = !stage.probes.length && !stage.group;
    this.drawImage();
    const said = JSON.stringify(rows) + stage.shown.join();
    if (said === this.said) return;
    this.said = said;
    const names = stage.onStage.map(({ run }) => run.data.name);
    const columns = columnsOf(stage.onStage[0].run.data);
    const over = names.length > 1 ? names : [""];
    this.head.replaceChildren(
      element(
        "tr",
        {},
        element("td"),
        ...over.map((name) => element("th", { scope: "colgroup", colspan: columns.length }, name)),
      ),
      element(
        "tr",
        {},
        element("td"),
        ...over.flatMap(() => columns.map((column) => element("th", { scope: "col" }, column))),
      ),
    );
    this.head.firstElementChild?.toggleAttribute("hidden", names.length === 1);
    this.body.replaceChildren(
      ...rows.map((row) =>
        element(
          "tr",
          {},
          element(
            "th",
            { scope: "row" },
            ...(row.mark ? [element("span", { class: "mark" }, row.mark), " "] : []),
            row.name,
          ),
          ...row.cells.map((cell) => element("td", {}, cell)),
        ),
      ),
    );
  }

  /** @returns {Row[]} */
  hovered() {
    const { hover } = this.stage;
    return hover ? [this.row("", { ...hover, letter: "", input: null })] : [];
  }

  /** @returns {Row[]} */
  probes() {
    return this.stage.probes.map((probe) => this.row(probe.letter, probe));
  }

  /** @param {string} mark @param {Probe} probe @returns {Row} */
  row(mark, probe) {
    const { stage } = this;
    const owner = probe.sample !== null && stage.runs.find((run) => ofSet(run, probe.set));
    const known = owner ? ofSet(owner, probe.set) : null;
    const place = probe.input ?? (probe.sample !== null ? (known?.input(probe.sample) ?? null) : null);
    const inputs = (known ?? stage.runs[0]).data.names.inputs;
    const called = (/** @type {number} */ value, /** @type {number} */ i) =>
      inputs[i] ? `${inputs[i]} ${short(value)}` : short(value);
    const at = place && place.length <= 3 ? ` (${listed(Array.from(place, called))})` : "";
    const label = probe.sample !== null && known?.labels ? known.labels[probe.sample] : null;
    const truth =
      label === null || !known ? "" : say("true class {name}", { name: classNumber(known.data, label) });
    const number = probe.sample === null ? 0 : this.samples.numbers.of(probe.set, probe.sample);
    const heldOut = owner && known === owner.heldOut;
    const sample = heldOut ? say("held-out sample {number}", { number }) : say("sample {number}", { number });
    const what = probe.sample === null ? say("point") : sample;
    return {
      mark,
      name: truth ? say("{first}, {next}", { first: `${what}${at}`, next: truth }) : `${what}${at}`,
      cells: stage.onStage.flatMap(({ run }) => answersTo(run, probe, stage.epoch)),
    };
  }

  /** @returns {Row[]} */
  group() {
    const { group, epoch } = this.stage;
    if (!group) return [];
    const cells = this.stage.onStage.flatMap(({ run: shown }) => {
      const run = ofSet(shown, group.set);
      if (!run) return ["", "", ""];
      const { correct, ofTrueClass, losses } = run.answers(epoch);
      const mean = (/** @type {ArrayLike<number> | null} */ values) => {
        if (!values) return Number.NaN;
        let sum = 0;
        for (let sample = 0; sample < run.n; sample++) if (group.members[sample]) sum += values[sample];
        return sum / group.count;
      };
      return [
        correct ? say("{share} right", { share: percent(mean(correct)) }) : "",
        ofTrueClass ? say("mean {value}", { value: probability(mean(ofTrueClass)) }) : "",
        losses ? say("mean {value}", { value: short(mean(losses)) }) : "",
      ];
    });
    return [
      {
        mark: "",
        name: sayNumber("group of {number} sample", "group of {number} samples", group.count),
        cells,
      },
    ];
  }

  /** The image that the pointer is at, or the last probe. */
  drawImage() {
    const { stage } = this;
    const shown = stage.hover ?? stage.probes.findLast((probe) => probe.sample !== null);
    const sample = shown?.sample ?? null;
    const key = shown ? `${shown.set} ${sample}` : "";
    if (key === this.drawnImage) return;
    this.drawnImage = key;
    const image = shown && sample !== null ? this.samples.imageOf(shown.set, sample) : null;
    this.image.hidden = !image;
    if (!image || !shown || sample === null) return;
    this.image.width = image.width;
    this.image.height = image.height;
    const number = this.samples.numbers.of(shown.set, sample);
    this.image.setAttribute("aria-label", say("Sample {number} as an image", { number }));
    context2d(this.image).putImageData(image, 0, 0);
  }
}

/**
 * Class, probability and loss that a run gives a probe.
 *
 * @param {RunModel} shown
 * @param {Probe} probe
 * @param {number} epoch
 * @returns {string[]}
 */
function answersTo(shown, probe, epoch) {
  const { sample } = probe;
  const run = ofSet(shown, probe.set) ?? shown;
  if (sample !== null && probe.set === run.data.samples && sample < run.n) {
    const answers = run.answers(epoch);
    const loss = answers.losses ? short(answers.losses[sample]) : "";
    if (answers.outputs) return [short(answers.outputs[sample]), told(run.target(sample)), loss];
    const label = answers.predicted ? answers.predicted[sample] : null;
    const wrong = answers.correct && !answers.correct[sample];
    const p = run.data.task.kind === "binary" ? answers.probabilities : answers.ofTrueClass;
    return [
      label === null ? "" : `${label < 0 ? say("none") : classWord(run.data, label)}${wrong ? " ✗" : ""}`,
      p ? probability(p[sample]) : "",
      loss,
    ];
  }
  const input = probeInput(run, probe);
  const { byClass, outputs } = input && run.asks ? run.ask(epoch, input) : { byClass: null, outputs: null };
  if (outputs) return [short(outputs[0]), "", ""];
  if (!byClass) return ["", "", ""];
  if (!byClass.every(Number.isFinite)) return [say("none"), probability(Number.NaN), ""];
  const label = byClass.indexOf(Math.max(...byClass));
  const p =
    run.data.task.kind === "binary"
      ? probability(byClass[1])
      : say("of {name}: {value}", {
          name: classNumber(run.data, label),
          value: probability(byClass[label]),
        });
  return [classWord(run.data, label), p, ""];
}

/** What is told of each run. @param {import("../types").RunData} run */
function columnsOf(run) {
  const columns = columnsByTask()[run.task.kind];
  const [first, , last] = columns;
  return run.task.kind === "binary" ? [first, `P(${classWord(run, 1)})`, last] : columns;
}

/** @param {number | null} value */
const told = (value) => (value === null ? "" : short(value));
