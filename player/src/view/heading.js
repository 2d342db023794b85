/** The line above a panel: its title, and what stands at its end, in the longest forms that have room together. */

/** @import { Panel } from "./panel.js" */

const GAP = 10; // pixels between the two

/**
 * Write the longest of `asides` that has room beside any of `titles`, and the longest title beside it. The last title is
 * cut short where it has no room by itself.
 *
 * @param {Panel} panel @param {string[]} titles from the longest on @param {string[]} asides
 */
export function writeHeading(panel, titles, asides) {
  const { context, title, aside } = panel;
  const { left, right } = panel.margins;
  const inset = left - panel.least.left + right - panel.least.right;
  const room = panel.width - inset - GAP;
  const wide = (/** @type {string} */ text, /** @type {string} */ weight) => {
    context.font = `${weight}13px system-ui, "DejaVu Sans", sans-serif`;
    return context.measureText(text).width;
  };
  const pairs = [...asides, ""].flatMap((end) => titles.map((start) => ({ start, end })));
  const fits = pairs.find(({ start, end }) => wide(start, "bold ") + wide(end, "") <= room);
  const { start, end } = fits ?? { start: titles[titles.length - 1], end: "" };
  if (title.textContent !== start) title.textContent = start;
  if (aside.textContent !== end) aside.textContent = end;
}
