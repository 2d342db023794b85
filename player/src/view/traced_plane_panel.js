/** The input plane beside the network's diagram: it shows where the unit that is pointed at has its line z = 0. */

import { planeTitle } from "../core/words.js";
import { PlanePanel } from "./plane_panel.js";

/** @import { Plane, RunModel } from "../model" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks } from "./looks.js" */

export class TracedPlanePanel extends PlanePanel {
  /** @param {RunModel} run @param {Stage} stage @param {Plane} plane */
  constructor(run, stage, plane) {
    super(run, stage, () => plane, planeTitle);
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    super.draw(stage, looks);
    const { unit } = stage;
    if (unit?.run !== this.run || !this.run.diagram || !this.scene) return;
    const { context } = this;
    const { width, height } = this.inner;
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    context.beginPath();
    for (const line of this.run.diagram.lines(stage.epoch, unit.column, unit.unit, this.scene.limits))
      this.picture.trace(line, 0, line.length / 2);
    const first = unit.column === 1; // whose lines have colours of their own
    for (const [wide, colour] of /** @type {const} */ ([
      [7, looks.style.background],
      [4, first ? looks.unitColour(unit.unit) : looks.style.ink],
    ])) {
      if (!first) context.setLineDash(colour === looks.style.ink ? [8, 5] : []);
      context.lineWidth = wide;
      context.strokeStyle = colour;
      context.stroke();
    }
    context.restore();
  }
}
