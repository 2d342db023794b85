/** The start of the page: its data are unpacked, its runs opened, and the reader let in. */

import { App } from "./view/app.js";
import { unpack } from "./core/arrays.js";
import { Clock, union } from "./core/clock.js";
import { say, speak, spoken } from "./core/language.js";
import { element } from "./view/dom.js";
import { imagesOf } from "./view/images.js";
import { SampleNumbers } from "./core/sample_numbers.js";
import { openRun } from "./core/open_run.js";
import { regionLabels } from "./core/region_labels.js";
import { Stage } from "./core/stage.js";

/** @param {HTMLElement} root */
async function start(root) {
  const { page, buffer } = await unpack(document.getElementById("replay-data")?.textContent ?? "");
  const runs = page.runs.map((_, index) => openRun(page, index, buffer));
  const stage = new Stage(page, runs, new Clock(union(runs.map((run) => run.data.epochs)), page.seconds));
  const samples = { imageOf: imagesOf(page, buffer), numbers: new SampleNumbers(page, buffer) };
  /** The page in a language, of the reader's where none is wanted. @param {string | null} wanted @returns {App} */
  const inLanguage = (wanted) => {
    speak(page.languages, wanted, navigator.languages);
    document.documentElement.lang = spoken();
    return new App(root, stage, samples, (language) => {
      app.end();
      app = inLanguage(language);
      app.drawNow();
      app.changed();
      app.language.focus();
    });
  };
  let app = inLanguage(page.language);
  app.begin();
  // For those who script the page: what is on stage, the numbers behind the pictures, and drawing at once.
  const boundaryReplay = {
    page,
    runs,
    stage,
    panels: () => app.panels,
    labelsOf: regionLabels,
    draw: () => app.drawNow(),
  };
  Object.assign(globalThis, { boundaryReplay });
}

const root = document.getElementById("replay");
if (root) {
  start(root).catch((/** @type {Error} */ error) => {
    root.hidden = false;
    root.replaceChildren(
      element(
        "p",
        { role: "alert" },
        say("This page cannot be shown here: {reason}. A newer browser may help.", { reason: error.message }),
      ),
    );
    throw error;
  });
}
