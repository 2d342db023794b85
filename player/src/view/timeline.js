/** The slider over the epochs, with the milestones of the runs marked and named above it. */

import { isolated, leftToRight } from "../core/direction.js";
import { epochText } from "../core/numbers.js";
import { element } from "./dom.js";
import { say, told } from "../core/language.js";

/** @import { Looks } from "./looks.js" */
/** @import { Stage } from "../core/stage.js" */
/** @import { MilestoneData } from "../types" */

const THUMB = 16; // pixels, as in the style sheet
const GAP = 10; // pixels between two names

/** @typedef {{ index: number, milestone: MilestoneData, button: HTMLButtonElement, label: HTMLSpanElement }} Mark */

export class Timeline {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.slider = element("input", {
      type: "range",
      class: "slider",
      "aria-label": say("Epoch"),
      step: "any",
    });
    this.marks = element("div", { class: "marks" });
    this.element = element("div", { class: "timeline" }, this.marks, this.slider);
    /** @type {Mark[]} */
    this.made = [];
    this.slider.addEventListener("input", () => {
      const { clock } = stage;
      clock.playing = false;
      const place = Number(this.slider.value);
      clock.place = clock.smooth ? place : Math.round(place);
      stage.changed();
    });
  }

  /** Make the marks of the runs on stage. @param {Looks} looks */
  layout(looks) {
    const { stage } = this;
    const several = stage.onStage.length > 1;
    this.slider.max = String(stage.clock.last);
    this.slider.disabled = stage.clock.last === 0;
    this.made = stage.onStage.flatMap(({ run, index }) =>
      this.within(run.data.milestones).map((milestone) => {
        const said = told(milestone.text);
        const text = leftToRight(
          several ? say("{name}: {text}", { name: isolated(run.data.name), text: said }) : said,
        );
        const label = element("span", { class: "label" }, text);
        const full = say("Epoch {epoch}: {text}", { epoch: epochText(milestone.epoch), text });
        const button = element(
          "button",
          { type: "button", class: "milestone", "aria-label": full, title: full },
          label,
        );
        button.style.setProperty("--run", several ? looks.runColour(index) : looks.style.ink);
        button.addEventListener("click", () => {
          stage.clock.playing = false;
          stage.clock.show(milestone.epoch);
          stage.changed();
        });
        return { index, milestone, button, label };
      }),
    );
    this.made.sort((a, b) => a.milestone.epoch - b.milestone.epoch);
    this.marks.replaceChildren(...this.made.map(({ button }) => button));
    this.place();
  }

  /** Those that the page has the epochs of. @param {MilestoneData[]} milestones */
  within(milestones) {
    const { epochs, last } = this.stage.clock;
    return milestones.filter(({ epoch }) => epoch >= epochs[0] && epoch <= epochs[last]);
  }

  /** Put the marks where they belong, and name those whose names have room. */
  place() {
    const width = this.marks.clientWidth;
    const { clock } = this.stage;
    /** @type {[number, number][]} */
    const taken = [];
    const measured = this.made.map(({ label }) => label.offsetWidth); // read all, then write all
    // The most important are named first, then the others from the start.
    const order = this.made
      .map((_, place) => place)
      .sort((a, b) => group(this.made[b]) - group(this.made[a]) || a - b);
    for (const place of order) {
      const { milestone, button } = this.made[place];
      const x = THUMB / 2 + (clock.placeOf(milestone.epoch) / Math.max(1, clock.last)) * (width - THUMB);
      const side = x + measured[place] > width ? "left" : "right";
      const from = side === "left" ? x - measured[place] : x;
      const fits =
        from >= 0 && taken.every(([low, high]) => from > high + GAP || from + measured[place] < low - GAP);
      if (fits) taken.push([from, from + measured[place]]);
      button.style.left = `${x}px`;
      button.classList.toggle("named", fits);
      button.classList.toggle("leftward", side === "left");
    }
  }

  draw() {
    const { clock } = this.stage;
    this.slider.value = String(clock.smooth ? clock.place : Math.floor(clock.place + 1e-9));
    const said = say("epoch {epoch}", { epoch: epochText(clock.epoch, clock.between) });
    if (this.slider.getAttribute("aria-valuetext") !== said) this.slider.setAttribute("aria-valuetext", said);
  }

  /** The next milestone after the moment, or the last one before it. @param {1 | -1} direction */
  jump(direction) {
    const { clock } = this.stage;
    const epochs = this.made.map(({ milestone }) => milestone.epoch);
    const found =
      direction > 0
        ? epochs.find((epoch) => epoch > clock.epoch + 1e-9)
        : epochs.findLast((epoch) => epoch < clock.epoch - 1e-9);
    if (found === undefined) return;
    clock.playing = false;
    clock.show(found);
    this.stage.changed();
  }
}

/** @param {Mark} mark */
const group = ({ milestone }) => milestone.importance[0];
