/** The slider that moves through a layer: its input, each part of its affine map, its activation. */

import { PLAY } from "./controls.js";
import { drawn, element } from "./dom.js";
import { say } from "../core/language.js";

/** @import { Stage } from "../core/stage.js" */

const WAY = 1.2; // seconds from mark to mark

export class MorphControl {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.open = element(
      "button",
      { type: "button", "aria-pressed": "false", title: say("Take the layer apart") },
      say("Morph"),
    );
    this.slider = element("input", { type: "range", min: 0, step: "any", "aria-label": say("Morph") });
    this.marks = element("div", { class: "stages" });
    this.run = element("button", {
      type: "button",
      class: "play-layer",
      "aria-label": say("Play the layer"),
    });
    this.run.append(drawn(PLAY), element("span", {}, say("Play the layer")));
    this.element = element(
      "section",
      { class: "morph", "aria-label": say("Morph"), hidden: true },
      this.run,
      element("div", { class: "timeline" }, this.marks, this.slider),
    );
    this.stages = "";
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

  /** The stages of the layers in view that can be taken apart, the longest; null where none can. */
  found() {
    const { stage } = this;
    if (stage.view !== "dashboard" && stage.view !== "feature-space") return null;
    const stages = stage.onStage.flatMap(({ run }) => {
      const plane = stage.featurePlane(run);
      const morph = plane?.layer && run.inputs() ? run.morph(stage.epoch, plane.layer) : null;
      return morph ? [morph.stages] : [];
    });
    return stages.sort((one, other) => other.length - one.length)[0] ?? null;
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
    const stages = this.found();
    this.open.hidden = !stages;
    this.open.setAttribute("aria-pressed", String(stage.mark !== null));
    this.element.hidden = !stages || stage.mark === null;
    if (!stages || stage.mark === null) return;
    stage.mark = Math.min(stage.mark, stages.length);
    const key = stages.join();
    if (key !== this.stages) {
      this.stages = key;
      this.slider.max = String(stages.length);
      this.marks.replaceChildren(
        ...["input", ...stages].map((stage, place) => {
          const mark = element("span", {}, called(stage));
          mark.style.setProperty("--share", String(place / stages.length));
          return mark;
        }),
      );
    }
    this.slider.value = String(stage.mark);
    const reached = Math.round(stage.mark);
    this.slider.setAttribute(
      "aria-valuetext",
      reached === 0 ? called("input") : say("after {stage}", { stage: called(stages[reached - 1]) }),
    );
    [...this.marks.children].forEach((mark, place) =>
      mark.classList.toggle("reached", place <= /** @type {number} */ (stage.mark) + 1e-6),
    );
  }
}

/** What a stage is called; an activation has its own name. @param {string} stage */
function called(stage) {
  /** @type {Record<string, string>} */
  const words = {
    input: say("input"),
    stretch: say("stretch"),
    rotate: say("rotate"),
    shift: say("shift"),
  };
  return words[stage] ?? stage;
}
