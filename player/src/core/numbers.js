/** Numbers in words and on axes. */

import { format } from "d3-format";
import { inNumbers, say } from "./language.js";

const digits = format(".3~r");

/** Three significant digits, as short as they can be. @param {number} value */
export function short(value) {
  if (!Number.isFinite(value)) return say("not finite");
  const size = Math.abs(value);
  if (size < 1 && digits(size) === "1")
    return inNumbers(`${value < 0 ? "−" : ""}${Math.floor(size * 1e4) / 1e4}`); // not all
  const text = size !== 0 && (size < 1e-3 || size >= 1e6) ? scientific(value) : digits(value);
  return inNumbers(text.replace("-", "−"));
}

/** A probability, never rounded to a certainty it has not. @param {number} p */
export function probability(p) {
  if (!Number.isFinite(p)) return say("not finite");
  if (p > 0 && p < 0.001) return inNumbers("<0.001");
  if (p < 1 && p > 0.999) return inNumbers(">0.999");
  return inNumbers(p.toFixed(3));
}

/** @param {number} share */
export function percent(share) {
  const value = share * 100;
  const rounded = value.toFixed(value > 99 && value < 100 ? 1 : 0);
  return inNumbers(`${value < 100 && rounded === "100.0" ? "99.9" : rounded}%`);
}

/** An epoch; between two of them with one digit. @param {number} epoch @param {boolean} [between] */
export function epochText(epoch, between = false) {
  return inNumbers(between ? epoch.toFixed(1) : String(Math.round(epoch * 1000) / 1000));
}

/** The largest of 1, 2 or 5 times a power of ten up to `longest`. @param {number} longest */
export function roundLength(longest) {
  const power = 10 ** Math.floor(Math.log10(longest));
  return Math.max(
    ...[1, 2, 5].filter((step) => step * power <= longest * (1 + 1e-9)).map((step) => step * power),
  );
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A power of ten as a reader writes it. @param {number} value */
export function power(value) {
  const exponent = Math.round(Math.log10(value));
  if (exponent >= -2 && exponent <= 3) return inNumbers(String(Number(value.toPrecision(3))));
  return `10${raised(exponent)}`;
}

/** A number times a power of ten. @param {number} value */
function scientific(value) {
  const [mantissa, exponent] = format(".2~e")(value).replace("−", "-").split("e");
  return `${mantissa}×10${raised(Number(exponent))}`;
}

/** @param {number} exponent */
function raised(exponent) {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return `${exponent < 0 ? "⁻" : ""}${digits}`;
}
