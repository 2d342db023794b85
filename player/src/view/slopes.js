/**
 * Colours of slopes in a plane: the direction is the hue, the steepness is how colourful it is, as
 * `replay/drawing/artists/slopes.py` has them.
 */

import { rgb } from "./looks.js";

/** @import { StyleData } from "../types" */

const COLOURFUL = 46; // chroma in CIE Lab of the steepest: more has no colour on the screen in some directions
const LIGHTNESS = { dark: 44, light: 80 };
const WHITE = [0.95047, 1, 1.08883]; // D65
// CIE XYZ to linear sRGB, IEC 61966-2-1.
const TO_RGB = [
  [3.2406, -1.5372, -0.4986],
  [-0.9689, 1.8758, 0.0415],
  [0.0557, -0.204, 1.057],
];

/**
 * The colour of a slope, whose length is 1 where it is steep. Flat is grey. The plane of slopes is that of a* and b* in
 * CIE 1976 L*a*b*; all colours are equally light.
 *
 * @param {number} across @param {number} up @param {StyleData} style
 * @returns {[number, number, number]} from 0 to 255
 */
export function slopeColour(across, up, style) {
  const scale = COLOURFUL / Math.max(1, Math.hypot(across, up));
  const dark = rgb(style.background).reduce((sum, value) => sum + value, 0) < 1.5 * 255;
  const y = (LIGHTNESS[dark ? "dark" : "light"] + 16) / 116;
  const roots = [y + (across * scale) / 500, y, y - (up * scale) / 200];
  const xyz = roots.map(
    (root, i) => WHITE[i] * (root > 6 / 29 ? root ** 3 : 3 * (6 / 29) ** 2 * (root - 4 / 29)),
  );
  const [red, green, blue] = TO_RGB.map((row) =>
    encoded(row.reduce((sum, factor, i) => sum + factor * xyz[i], 0)),
  );
  return [red, green, blue];
}

/** A linear value in sRGB, as close as a screen gets. @param {number} linear */
function encoded(linear) {
  const value = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
}
