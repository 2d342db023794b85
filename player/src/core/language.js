/** The language of the page: its words, plurals and numbers, from the catalogues that the page carries. */

/** @import { LanguageData, Told } from "../types" */

const NUMBER = /\d[\d,]*(?:\.\d+)?%?/g;
const ENGLISH = "en";

/** @type {Record<string, LanguageData>} */
let known = {};
let code = ENGLISH;
let plural = new Intl.PluralRules(code);

/**
 * Speak a language from now on: the one that is wanted, else the first of the reader's that is known.
 *
 * @param {Record<string, LanguageData>} languages by their codes
 * @param {string | null} wanted
 * @param {readonly string[]} [ofReader] as a browser lists them, such as "es-MX"
 */
export function speak(languages, wanted, ofReader = []) {
  known = languages;
  const found = [wanted, ...ofReader].map((each) => each?.toLowerCase().split("-")[0] ?? "");
  code = found.find((each) => each in languages) ?? ENGLISH;
  plural = new Intl.PluralRules(code);
}

/** The code of the language that is spoken. */
export const spoken = () => code;

/**
 * Words in the language that is spoken; {names} in them stand for values, whose numbers are written its way.
 *
 * @param {string} english @param {Record<string, string | number>} [values]
 */
export function say(english, values = {}) {
  const words = known[code]?.words[english];
  return filled(typeof words === "string" ? words : english, values);
}

/**
 * Words about so many things, which are {number} in them.
 *
 * @param {string} one @param {string} many @param {number} number @param {Record<string, string | number>} [values]
 */
export function sayNumber(one, many, number, values = {}) {
  const words = known[code]?.words[one];
  const form = typeof words === "object" ? (words[plural.select(number)] ?? words.other) : undefined;
  const written = number.toLocaleString("en");
  return filled(form ?? (number === 1 ? one : many), { number: inNumbers(written), ...values });
}

/** Numbers or words one after the other, as the language separates what may hold commas. @param {string[]} texts */
export function listed(texts) {
  return texts.reduce(
    (first, next) => (first && next ? say("{a}, {b}", { a: first, b: next }) : first || next),
    "",
  );
}

/** What the page carries in each language. @param {Told} texts */
export const told = (texts) => texts[code] ?? texts[ENGLISH];

/** A text whose numbers are written as in English, as the language writes them. @param {string} text */
export function inNumbers(text) {
  const [decimal, group, percent, least] = known[code]?.symbols ?? [".", ",", "#%", 0];
  if (decimal === "." && percent === "#%") return text;
  return text.replace(NUMBER, (written) => {
    const few = written.split(".")[0].length < least;
    const number = written.replace(/[.,]/g, (mark) => (mark === "." ? decimal : few ? "" : group));
    return written.endsWith("%") ? percent.replace("#", number.slice(0, -1)) : number;
  });
}

/** @param {string} words @param {Record<string, string | number>} values */
function filled(words, values) {
  return words.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? inNumbers(String(value)) : value;
  });
}
