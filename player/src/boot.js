/** The page's first script, the only one that stands there as it is: it unpacks the other one and runs it. */

import { inflated } from "./core/inflate.js";

async function boot() {
  const packed = document.getElementById("replay-script")?.textContent ?? "";
  const script = document.createElement("script");
  script.textContent = await inflated(packed).text(); // the page's policy has its hash: it runs this and no other
  document.body.append(script);
}

boot().catch((/** @type {Error} */ error) => {
  const root = document.getElementById("replay");
  if (root) root.hidden = false; // it says that the page cannot be shown
  throw error;
});
