/** The drawing of linear regions: cells coloured by the slope of the score, and the key to the colours. */

import { context2d } from "./canvas.js";
import { element } from "./dom.js";
import { slopeColour } from "./slopes.js";

/** @import { LinearRegions } from "../model" */
/** @import { Looks } from "./looks.js" */
/** @import { PlanePanel } from "./plane_panel.js" */

const STEPS = 64; // pixels of the key, a side

export class LinearPicture {
  /** @param {PlanePanel} panel whose canvas and scales it uses */
  constructor(panel) {
    this.panel = panel;
    this.key = element("canvas", { class: "key", width: STEPS, height: STEPS, "aria-hidden": "true" });
    /** What the key is painted for. */
    this.background = "";
  }

  /** @param {LinearRegions} regions @param {Looks} looks */
  draw({ cells: { points, rings }, slopes }, { style }) {
    const { context, x, y } = this.panel;
    if (this.background !== style.background) this.paintKey(style);
    context.lineWidth = 1;
    context.lineJoin = "round";
    context.strokeStyle = style.background;
    rings.forEach((ring, cell) => {
      context.beginPath();
      for (const corner of ring) context.lineTo(x(points[2 * corner]), y(points[2 * corner + 1]));
      context.closePath();
      context.fillStyle = `rgb(${slopeColour(slopes[2 * cell], slopes[2 * cell + 1], style)})`;
      context.fill();
      context.stroke();
    });
  }

  /** The disc of all slopes. @param {import("../types").StyleData} style */
  paintKey(style) {
    this.background = style.background;
    const context = context2d(this.key);
    const image = context.createImageData(STEPS, STEPS);
    for (let at = 0; at < STEPS * STEPS; at++) {
      const across = (2 * (at % STEPS)) / (STEPS - 1) - 1;
      const up = 1 - (2 * Math.floor(at / STEPS)) / (STEPS - 1);
      const inside = (1 - Math.hypot(across, up)) * (STEPS / 2); // pixels from the edge
      image.data.set([...slopeColour(across, up, style), 255 * Math.min(1, Math.max(0, inside))], 4 * at);
    }
    context.putImageData(image, 0, 0);
  }
}
