/** The slider that moves through all layers, from the input plane to the output. */

import { PLAY } from "./controls.js";
import { drawn, element } from "./dom.js";
import { say } from "../core/language.js";
import { stageWords } from "../core/words.js";

/** @import { Step } from "../core/journey.js" */
/** @import { Stage } from "../core/stage.js" */

const WAY = 1.2; // seconds from mark to mark
const VIEWS = ["dashboard", "feature-space", "why"]; // that have a feature space
const APART = 6; // pixels between names
const TWO_ROWS = 30; // pixels that two rows of names are high

export class MorphControl {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.open = element(
      "button",
      { type: "button", "aria-pressed": "false", title: say("Go through the layers") },
      say("Morph"),
    );
    this.slider = element("input", { type: "range", min: 0, step: "any", "aria-label": say("Morph") });
    this.marks = element("div", { class: "stages" });
    this.run = element("button", {
      type: "button",
      class: "play-layer",
      "aria-label": say("Play the layers"),
    });
    this.run.append(drawn(PLAY), element("span", {}, say("Play the layers")));
    this.element = element(
      "section",
      { class: "morph", "aria-label": say("Morph"), hidden: true },
      this.run,
      element("div", { class: "timeline" }, this.marks, this.slider),
    );
    this.stages = "";
    /** What the choice of names was made for. */
    this.chosen = "";
    /** Marks a second while it plays, 0 while it rests. */
    this.pace = 0;
    this.open.addEventListener("click", () => {
      stage.mark = stage.mark === null ? 0 : null;
      this.pace = stage.mark === null ? 0 : 1 / WAY;
      stage.clock.playing = false;
      stage.changed();
    });
    this.slider.addEventListener("input", () => {
      stage.mark = Number(this.slider.value);
      this.pace = 0;
      stage.changed();
    });
    this.run.addEventListener("click", () => {
      if (stage.mark === null || stage.mark >= this.length) stage.mark = 0;
      this.pace = 1 / WAY;
      stage.changed();
    });
  }

  /** The steps of the longest way in view, null where there is none. @returns {Step[] | null} */
  found() {
    const { stage } = this;
    if (!VIEWS.includes(stage.view)) return null;
    const ways = stage.onStage.flatMap(({ run }) => {
      const isSeen = stage.showsPlanes(run) && stage.featurePlane(run) && run.inputs();
      const journey = isSeen ? run.journey(stage.epoch, stage.turn) : null;
      return journey ? [journey.steps] : [];
    });
    return ways.sort((one, other) => other.length - one.length)[0] ?? null;
  }

  get length() {
    return this.found()?.length ?? 0;
  }

  /** Move on by so many seconds; returns whether it moves. @param {number} elapsed */
  advance(elapsed) {
    const { stage } = this;
    if (!this.pace || stage.mark === null) return false;
    stage.mark = Math.min(this.length, stage.mark + elapsed * this.pace);
    if (stage.mark >= this.length) this.pace = 0;
    return true;
  }

  draw() {
    const { stage } = this;
    const steps = this.found();
    this.open.hidden = !steps;
    this.open.setAttribute("aria-pressed", String(stage.mark !== null));
    this.element.hidden = !steps || stage.mark === null;
    if (!steps || stage.mark === null) return;
    stage.mark = Math.min(stage.mark, steps.length);
    const key = JSON.stringify(steps.map(({ layer, stage: name }) => [layer, name]));
    if (key !== this.stages) {
      this.stages = key;
      this.name(steps);
    }
    this.slider.value = String(stage.mark);
    const reached = Math.round(stage.mark);
    this.slider.setAttribute("aria-valuetext", heard(steps, reached));
    [...this.marks.children].forEach((mark, place) =>
      mark.classList.toggle("reached", place <= /** @type {number} */ (stage.mark) + 1e-6),
    );
    this.choose(steps, reached);
  }

  /** @param {Step[]} steps */
  name(steps) {
    this.slider.max = String(steps.length);
    const names = [say("input"), ...steps.map(({ stage }) => stageWords(stage))];
    this.marks.replaceChildren(
      ...names.map((name, place) => {
        const mark = element("span", place ? { title: steps[place - 1].layer } : {}, name);
        mark.style.setProperty("--share", String(place / steps.length));
        return mark;
      }),
    );
    this.chosen = "";
  }

  /** Show as many names as have room: the ends, what is reached, ends of layers, the others. @param {Step[]} steps @param {number} reached */
  choose(steps, reached) {
    const key = `${this.marks.clientWidth} ${reached} ${Math.floor(this.stage.mark ?? 0)}`;
    if (key === this.chosen) return;
    this.chosen = key;
    const marks = /** @type {HTMLElement[]} */ ([...this.marks.children]);
    const boxes = marks.map((mark) => mark.getBoundingClientRect());
    const ends = steps.flatMap(({ layer }, place) => (layer === steps[place + 1]?.layer ? [] : [place + 1]));
    /** What is taken of each row. @type {DOMRect[][]} */
    const rows = this.marks.clientHeight < TWO_ROWS ? [[]] : [[], []];
    for (const place of new Set([reached, 0, steps.length, ...ends, ...marks.keys()])) {
      const row = rows.find((taken) => taken.every((other) => areApart(boxes[place], other)));
      row?.push(boxes[place]);
      marks[place].classList.toggle("hidden", !row);
      marks[place].classList.toggle("below", row !== undefined && row === rows[1]);
    }
  }
}

/** @param {DOMRect} a @param {DOMRect} b */
function areApart(a, b) {
  return a.right + APART <= b.left || b.right + APART <= a.left;
}

/** What a mark is called aloud. @param {Step[]} steps @param {number} mark */
function heard(steps, mark) {
  if (!mark) return say("input");
  const { layer, stage } = steps[mark - 1];
  return say("after {stage} of “{layer}”", { stage: stageWords(stage), layer });
}
