/** The head of the page: title, epoch, which marker is which class, and the milestone to tell. */

import { isolated, leftToRight } from "../core/direction.js";
import { latest } from "../core/milestones.js";
import { answeredAt } from "../core/moments.js";
import { epochText } from "../core/numbers.js";
import { element } from "./dom.js";

/** @import { Clock } from "../core/clock.js" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks, Marker } from "./looks.js" */

const MOST_IN_LEGEND = 10; // classes; their colours and markers repeat after these
const OTHER = "."; // the marker of classes that have no colour of their own
const FEW = 4; // classes that are called by their full name

export class Header {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.epoch = element("output", { class: "epoch", "aria-live": "off" });
    this.legend = element("p", { class: "legend" });
    this.caption = element("p", { class: "caption" });
    const title = element("h1", {}, stage.page.title);
    this.element = element("header", {}, title, this.epoch, this.legend, this.caption);
  }

  /** @param {Looks} looks */
  layout(looks) {
    const runs = this.stage.onStage;
    const classes = Math.max(...runs.map(({ run }) => run.data.task.n_classes));
    const named = [...Array(classes).keys()].filter((label) => looks.classMarker(label) !== OTHER);
    const listed = named.slice(0, MOST_IN_LEGEND);
    const entries = listed.map((label) =>
      entry(
        looks,
        looks.classMarker(label),
        looks.classColour(label),
        classes > FEW ? `${label}` : `class ${label}`,
      ),
    );
    const others = classes - listed.length;
    if (others && listed.length < named.length) entries.push(element("span", {}, `and ${others} more`));
    else if (others) entries.push(entry(looks, OTHER, looks.style.muted, `${others} other classes`));
    if (classes) entries.push(entry(looks, "ring", looks.style.error, "misclassified"));
    this.legend.replaceChildren(...entries);
    this.caption.classList.toggle("long", runs.length > 1);
  }

  draw() {
    const { clock } = this.stage;
    this.say(this.epoch, `epoch ${epochTold(clock)}`);
    const several = this.stage.onStage.length > 1;
    const told = this.stage.onStage.flatMap(({ run }) => {
      const milestone = latest(run.data.milestones, clock.epoch);
      if (!milestone) return [];
      const stands = answeredAt(run.data, clock.epoch) < clock.epoch;
      const caption = stands
        ? `${milestone.caption}; planes and histograms show epoch ${run.data.last_finite}`
        : milestone.caption;
      return [leftToRight(several ? `${isolated(run.data.name)}, ${caption}` : caption)];
    });
    this.say(this.caption, told.join(" · "));
    this.caption.title = this.caption.textContent ?? ""; // where it is cut short
  }

  /** @param {HTMLElement} where @param {string} text */
  say(where, text) {
    if (where.textContent !== text) where.textContent = text;
  }
}

/** @param {Looks} looks @param {Marker} marker @param {string} colour @param {string} text */
function entry(looks, marker, colour, text) {
  const sprite = looks.sprite(marker, colour, 10);
  const copy = element("canvas", { width: sprite.width, height: sprite.height, "aria-hidden": "true" });
  copy.getContext("2d")?.drawImage(sprite, 0, 0);
  return element("span", {}, copy, text);
}

/**
 * The epoch as the counter shows it: while it plays in whole numbers where snapshots have them, so that nothing
 * jumps.
 *
 * @param {Clock} clock
 */
function epochTold(clock) {
  if (!clock.playing) return epochText(clock.epoch, clock.between);
  const whole = clock.epochs.every(Number.isInteger);
  return whole ? String(Math.floor(clock.epoch)) : epochText(clock.epoch, true);
}
