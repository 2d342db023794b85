/** What the diagram shows, which neuron is looked at, and the note of what is taken away. */

import { neuronOf } from "../core/neuron.js";
import { listed, say } from "../core/language.js";
import { percent, short } from "../core/numbers.js";
import { takenWords, unitName } from "../core/unit_words.js";
import { element, offer, select } from "./dom.js";

/** @import { RunModel } from "../model" */
/** @import { Quantity } from "../types" */
/** @import { Stage } from "../core/stage.js" */

// Views with what was logged, or is carried, of the whole network.
const WHOLE = [
  "dashboard",
  "why",
  "curves",
  "trajectory",
  "kernels",
  "weights",
  "gradients",
  "gradient-flow",
  "unit-health",
];

export class UnitControls {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.quantity = select(
      say("What the diagram shows"),
      [
        ["weights", say("weights")],
        ["changes", say("changes")],
      ],
      (value) => {
        stage.quantity = /** @type {Quantity} */ (value);
        stage.changed();
      },
    );
    this.neuron = select(say("Unit"), [], (value) => {
      const [unit] = value.split(":", 1);
      stage.neuron = { unit: Number(unit), layer: value.slice(unit.length + 1) };
      stage.changed();
    });
    this.words = element("span");
    const back = element("button", { type: "button" }, say("Bring all back"));
    back.addEventListener("click", () => stage.bringBack());
    this.note = element("p", { class: "without", role: "status", hidden: true }, this.words, back);
  }

  /** What the runs on stage have. */
  layout() {
    const { stage } = this;
    this.quantity.hidden = !["network", "why"].includes(stage.view);
    const layers = stage.onStage.flatMap(({ run }) => run.data.neurons ?? []);
    const units = layers.flatMap(({ layer, units: own }) =>
      own.map(
        ({ number }) => /** @type {[string, string]} */ ([`${number}:${layer}`, unitName(layer, number)]),
      ),
    );
    this.neuron.hidden = stage.view !== "neuron" || units.length < 2;
    offer(this.neuron, [...new Map(units)]);
  }

  draw() {
    const { stage } = this;
    this.quantity.value = stage.quantity;
    const chosen = stage.onStage.map(({ run }) => neuronOf(run, stage)).find(Boolean);
    if (chosen) this.neuron.value = `${chosen.unit.number}:${chosen.layer.layer}`;
    const told = stage.onStage.flatMap(({ run }) => this.of(run));
    this.note.hidden = !told.length;
    if (told.length && WHOLE.includes(stage.view))
      told.push(say("Curves, milestones and views of layers are of the whole network."));
    const words = told.join(" ");
    if (this.words.textContent !== words) this.words.textContent = words;
  }

  /** What is taken from a run, and how the rest does. @param {RunModel} run @returns {string[]} */
  of(run) {
    const taken = run.diagram ? takenWords(run.diagram.taken) : [];
    if (!taken.length) return [];
    const { correct, losses } = run.answers(this.stage.epoch);
    const mean = (/** @type {ArrayLike<number>} */ values) =>
      Array.from(values).reduce((a, b) => a + b, 0) / run.n;
    const said = listed([
      ...taken,
      correct ? say("{share} right", { share: percent(mean(correct)) }) : "",
      losses ? say("mean loss {value}", { value: short(mean(losses)) }) : "",
    ]);
    return [this.stage.onStage.length > 1 ? say("{run}: {said}.", { run: run.data.name, said }) : `${said}.`];
  }
}
