/** The head of the page: title, epoch, which marker is which class, and the milestone to tell. */

import { classWord, fullName, haveWords, namedTogether } from "../core/names.js";
import { isolated, leftToRight } from "../core/direction.js";
import { latest } from "../core/milestones.js";
import { answeredAt } from "../core/moments.js";
import { epochText } from "../core/numbers.js";
import { element } from "./dom.js";
import { say, sayNumber, told } from "../core/language.js";

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
    const names = namedTogether(runs.map(({ run }) => run.data));
    const named = [...Array(classes).keys()].filter((label) => looks.classMarker(label) !== OTHER);
    const listed = named.slice(0, MOST_IN_LEGEND);
    const entries = listed.map((label) =>
      entry(
        looks,
        looks.classMarker(label),
        looks.classColour(label),
        classes > FEW && !haveWords(names) ? `${label}` : classWord(names, label),
        fullName(names, label),
      ),
    );
    const others = classes - listed.length;
    if (others && listed.length < named.length)
      entries.push(element("span", {}, say("and {number} more", { number: others })));
    else if (others)
      entries.push(
        entry(
          looks,
          OTHER,
          looks.style.muted,
          sayNumber("{number} other class", "{number} other classes", others),
        ),
      );
    if (classes) entries.push(entry(looks, "ring", looks.style.error, say("misclassified")));
    if (this.stage.showsHeldOut && this.stage.hasHeldOut)
      entries.push(entry(looks, "o", looks.style.muted, say("held out"), "", true));
    this.legend.replaceChildren(...entries);
    this.caption.classList.toggle("long", runs.length > 1);
  }

  draw() {
    const { clock } = this.stage;
    this.write(this.epoch, say("epoch {epoch}", { epoch: epochTold(clock) }));
    const several = this.stage.onStage.length > 1;
    const captions = this.stage.onStage.flatMap(({ run }) => {
      const milestone = latest(run.data.milestones, clock.epoch);
      if (!milestone) return [];
      const stands = answeredAt(run.data, clock.epoch) < clock.epoch;
      const since = told(milestone.caption);
      const caption = stands
        ? say("{caption}; planes and histograms show epoch {epoch}", {
            caption: since,
            epoch: run.data.last_finite ?? "",
          })
        : since;
      return [
        leftToRight(
          several ? say("{first}, {next}", { first: isolated(run.data.name), next: caption }) : caption,
        ),
      ];
    });
    this.write(this.caption, captions.join(" · "));
    this.caption.title = this.caption.textContent ?? ""; // where it is cut short
  }

  /** @param {HTMLElement} where @param {string} text */
  write(where, text) {
    if (where.textContent !== text) where.textContent = text;
  }
}

/**
 * @param {Looks} looks @param {Marker} marker @param {string} colour @param {string} text
 * @param {string} [full] what the text was shortened from @param {boolean} [hollow]
 */
function entry(looks, marker, colour, text, full = "", hollow = false) {
  const sprite = looks.sprite(marker, colour, 10, null, hollow);
  const copy = element("canvas", { width: sprite.width, height: sprite.height, "aria-hidden": "true" });
  copy.getContext("2d")?.drawImage(sprite, 0, 0);
  return element("span", full && full !== text ? { title: full } : {}, copy, text);
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
