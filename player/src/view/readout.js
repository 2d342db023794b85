/** In words and numbers: the sample under the pointer, the probes and the followed group, run by run. */

import { percent, probability, short } from "../core/numbers.js";
import { ofSet, probeInput } from "../core/scene.js";
import { quantity } from "../core/words.js";
import { element } from "./dom.js";
import { context2d } from "./canvas.js";

/** @import { RunModel } from "../model" */
/** @import { Stage, Probe } from "../core/stage.js" */

/** @typedef {{ mark: string, name: string, cells: string[] }} Row */

const HINT =
  "Point at a sample to see it in every view, click to follow it as a probe, drag to follow a group.";
const COLUMNS = {
  binary: ["predicted", "P(class 1)", "loss"],
  multiclass: ["predicted", "P(true class)", "loss"],
  regression: ["output", "target", "loss"],
};

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
    this.hint = element("p", { class: "hint" }, HINT);
    this.caption = element("caption");
    this.head = element("thead");
    this.body = element("tbody");
    this.table = element("table", {}, this.caption, this.head, this.body);
    this.image = element("canvas", { class: "image", hidden: true, role: "img" });
    this.clear = element("button", { type: "button" }, "Clear");
    this.clear.addEventListener("click", () => stage.clear());
    this.element = element(
      "section",
      { class: "readout", "aria-label": "Followed samples" },
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
    const columns = COLUMNS[stage.onStage[0].run.data.task.kind];
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
    const at = place && place.length <= 3 ? ` (${Array.from(place, short).join(", ")})` : "";
    const kind = owner && known === owner.heldOut ? "held-out sample" : "sample";
    const what =
      probe.sample === null ? "point" : `${kind} ${this.samples.numbers.of(probe.set, probe.sample)}`;
    const truth = probe.sample !== null && known?.labels ? `, true class ${known.labels[probe.sample]}` : "";
    return {
      mark,
      name: `${what}${at}${truth}`,
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
        correct ? `${percent(mean(correct))} right` : "",
        ofTrueClass ? `mean ${probability(mean(ofTrueClass))}` : "",
        losses ? `mean ${short(mean(losses))}` : "",
      ];
    });
    return [{ mark: "", name: `group of ${quantity(group.count, "sample")}`, cells }];
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
    this.image.setAttribute("aria-label", `Sample ${this.samples.numbers.of(shown.set, sample)} as an image`);
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
      label === null ? "" : `${label < 0 ? "none" : `class ${label}`}${wrong ? " ✗" : ""}`,
      p ? probability(p[sample]) : "",
      loss,
    ];
  }
  const input = probeInput(run, probe);
  const { byClass, outputs } = input && run.asks ? run.ask(epoch, input) : { byClass: null, outputs: null };
  if (outputs) return [short(outputs[0]), "", ""];
  if (!byClass) return ["", "", ""];
  if (!byClass.every(Number.isFinite)) return ["none", probability(Number.NaN), ""];
  const label = byClass.indexOf(Math.max(...byClass));
  const p =
    run.data.task.kind === "binary" ? probability(byClass[1]) : `of ${label}: ${probability(byClass[label])}`;
  return [`class ${label}`, p, ""];
}

/** @param {number | null} value */
const told = (value) => (value === null ? "" : short(value));
