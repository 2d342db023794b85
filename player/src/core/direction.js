/** Names that are written from right to left, within a text of ours that is written from left to right. */

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const LEFT_TO_RIGHT = "\u200e";
const [ISOLATE, END] = ["\u2068", "\u2069"]; // what is between them has a direction of its own

/** A name so marked that it does not change the order of what is around it. @param {string} name */
export function isolated(name) {
  return RIGHT_TO_LEFT.test(name) ? `${ISOLATE}${name}${END}` : name;
}

/** A text that may quote names, so marked that it stays in order. @param {string} text */
export function leftToRight(text) {
  if (!RIGHT_TO_LEFT.test(text)) return text;
  return LEFT_TO_RIGHT + text.replace(/“([^“”]+)”/g, (_, name) => `“${isolated(name)}”`);
}
