/** The start of the page: its data are unpacked, its runs opened, and the reader let in. */

import { App } from "./view/app.js";
import { unpack } from "./core/arrays.js";
import { element } from "./view/dom.js";
import { imagesOf } from "./view/images.js";
import { SampleNumbers } from "./core/sample_numbers.js";
import { openRun } from "./core/open_run.js";
import { regionLabels } from "./core/region_labels.js";

/** @import { PageData } from "./types" */

/** @param {HTMLElement} root */
async function start(root) {
  /** @type {PageData} */
  const page = JSON.parse(document.getElementById("replay-data")?.textContent ?? "");
  const buffer = await unpack(page.packed);
  const runs = page.runs.map((_, index) => openRun(page, index, buffer));
  const app = new App(root, page, runs, {
    imageOf: imagesOf(page, buffer),
    numbers: new SampleNumbers(page, buffer),
  });
  // For those who script the page: what is on stage, the numbers behind the pictures, and drawing at once.
  const { stage } = app;
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
        `This page cannot be shown here: ${error.message}. A newer browser may help.`,
      ),
    );
    throw error;
  });
}
