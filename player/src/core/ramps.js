/**
 * Ramps of colours: viridis for the depth of layers and for numbers (S. van der Walt and N. Smith 2015), RdBu for weights
 * and BuPu for heights (C. Brewer).
 */

/** @typedef {[number, number, number]} Rgb */

const VIRIDIS = "440154 472d7b 3b528b 2c728e 21918c 28ae80 5ec962 addc30 fde725".split(" ").map(parsed);
const BLUE_TO_RED = "053061 2065ab 4393c3 90c4dd d1e5f0 f7f6f6 fddbc7 f3a481 d6604d b1182b 67001f"
  .split(" ")
  .map(parsed);
const BLUE_TO_PURPLE = "f7fcfd e0ecf4 bfd3e6 9ebcda 8c96c6 8c6bb1 88419d 810f7c 4d004b"
  .split(" ")
  .map(parsed);
const HEIGHT = 0.5; // how strongly the largest heights are coloured
const [ON_LIGHT, ON_DARK] = [
  [0, 0.84],
  [0.34, 1],
];

/** @param {string} hex @returns {Rgb} */
function parsed(hex) {
  const value = Number.parseInt(hex, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** @param {Rgb} colour */
const isDark = (colour) => colour[0] + colour[1] + colour[2] < 1.5 * 255;

/**
 * The colour between evenly spaced stops, or between those at `places`.
 *
 * @param {Rgb[]} stops @param {number} share @param {number[]} [places]
 * @returns {Rgb}
 */
export function along(stops, share, places = stops.map((_, i) => i / (stops.length - 1))) {
  const after = Math.max(
    1,
    places.findIndex((place) => place >= share),
  );
  const part = (share - places[after - 1]) / (places[after] - places[after - 1]);
  const mix = (/** @type {0 | 1 | 2} */ c) =>
    Math.round(stops[after - 1][c] + (stops[after][c] - stops[after - 1][c]) * part);
  return [mix(0), mix(1), mix(2)];
}

/** The colour of a layer, by its depth from 0 to 1. @param {number} depth @param {Rgb} paper */
export function layerColour(depth, paper) {
  const [low, high] = isDark(paper) ? ON_DARK : ON_LIGHT;
  return `rgb(${along(VIRIDIS, low + depth * (high - low)).join(" ")})`;
}

/**
 * Colours from blue through the paper to red, so that 0 never stands out: (256,).
 *
 * @param {Rgb} paper
 */
export function diverging(paper) {
  const dark = isDark(paper);
  const [outer, inner] = dark ? [0.3, 0.17] : [0, 0.2];
  const [blue, lightBlue, lightRed, red] = [outer, inner, 1 - inner, 1 - outer].map((share) =>
    along(BLUE_TO_RED, share),
  );
  const places = dark ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.3, 0.5, 0.7, 1];
  const stops = [blue, lightBlue, paper, lightRed, red];
  return Array.from({ length: 256 }, (_, step) => along(stops, step / 255, places));
}

/** The colours of numbers from low to high: (256,). @returns {Rgb[]} */
export function heat() {
  return Array.from({ length: 256 }, (_, step) => along(VIRIDIS, step / 255));
}

/** The colours of heights, from the paper's to those of the largest: (256,). @param {Rgb} paper @returns {Rgb[]} */
export function rising(paper) {
  return Array.from({ length: 256 }, (_, step) => {
    const share = step / 255;
    const colour = along(BLUE_TO_PURPLE, 0.15 + 0.65 * (isDark(paper) ? 1 - 0.75 * share : share));
    const strength = HEIGHT * share ** 0.8;
    const mix = (/** @type {0 | 1 | 2} */ c) => Math.round(paper[c] + (colour[c] - paper[c]) * strength);
    return [mix(0), mix(1), mix(2)];
  });
}
