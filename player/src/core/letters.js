/** Letters as readers count them: with their accents, vowel signs and joiners. */

// Firefox has it from 125 on; before, characters have to do.
const segmenter = "Segmenter" in Intl ? new Intl.Segmenter("en", { granularity: "grapheme" }) : null;

/** @param {string} text @returns {string[]} */
export function letters(text) {
  return segmenter ? Array.from(segmenter.segment(text), ({ segment }) => segment) : Array.from(text);
}
