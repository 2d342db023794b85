/** A line below a panel that says what is pointed at. */

import { element } from "./dom.js";

/** @import { Panel } from "./panel.js" */
/** @import { Stage } from "../core/stage.js" */

export class Told {
  /** @param {Panel} panel */
  constructor(panel) {
    this.words = element("span");
    this.element = element("p", { class: "told few" }, this.words);
    panel.element.append(this.element);
  }

  /** @param {string} words @param {Stage} stage */
  tell(words, stage) {
    this.element.setAttribute("aria-live", stage.clock.playing ? "off" : "polite");
    if (this.words.textContent !== words) this.words.textContent = words;
  }
}
