/** The drawing of a space of three units: its box with named axes, and the plane by which the output divides it. */

import { cornersOf, directions, EDGES, middleOf } from "../core/space.js";

/** @import { SpaceScene } from "../core/scene.js" */
/** @import { Looks } from "./looks.js" */
/** @import { PlanePanel } from "./plane_panel.js" */

const AWAY = 12; // pixels between an edge and its name

export class SpacePicture {
  /** @param {PlanePanel} panel whose canvas and scales it uses */
  constructor(panel) {
    this.panel = panel;
  }

  /** What lies behind the samples. @param {SpaceScene} space @param {Looks} looks */
  draw(space, { style }) {
    const { context } = this.panel;
    const corners = cornersOf(space.limits);
    const away = directions(space.turn)[2];
    const depths = corners.map((corner) => corner.reduce((sum, value, unit) => sum + value * away[unit], 0));
    const farthest = depths.indexOf(Math.max(...depths));
    const places = corners.map((corner) => this.place(space, corner));
    if (space.divider.length)
      this.drawDivider(
        space.divider.map((corner) => this.place(space, corner)),
        style,
      );
    context.lineWidth = 1.2;
    context.strokeStyle = style.muted;
    for (const { from, to } of EDGES) {
      context.setLineDash(from === farthest || to === farthest ? [2, 4] : []); // behind all others
      context.beginPath();
      context.moveTo(...places[from]);
      context.lineTo(...places[to]);
      context.stroke();
    }
    context.setLineDash([]);
    this.drawNames(space, places, style);
  }

  /** Where a point of the space is, in pixels. @param {SpaceScene} space @param {number[]} point @returns {[number, number]} */
  place({ limits, turn }, point) {
    const middle = middleOf(limits);
    const [right, up] = directions(turn).map((along) =>
      along.reduce((sum, value, unit) => sum + value * (point[unit] - middle[unit]), 0),
    );
    return [this.panel.x(right), this.panel.y(up)];
  }

  /** @param {[number, number][]} corners @param {import("../types").StyleData} style */
  drawDivider(corners, style) {
    const { context } = this.panel;
    context.beginPath();
    for (const corner of corners) context.lineTo(...corner);
    context.closePath();
    context.globalAlpha = 0.12;
    context.fillStyle = style.boundary;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.lineJoin = "round";
    context.strokeStyle = style.boundary;
    context.stroke();
  }

  /** Each unit's name beside the edge along it that is lowest or, where it stands upright, farthest to the left. @param {SpaceScene} space @param {[number, number][]} places @param {import("../types").StyleData} style */
  drawNames(space, places, style) {
    const { context, inner } = this.panel;
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3.5;
    context.strokeStyle = style.background;
    context.fillStyle = style.ink;
    space.names.forEach((name, unit) => {
      const middles = EDGES.filter((edge) => edge.unit === unit).map(({ from, to }) =>
        [0, 1].map((axis) => (places[from][axis] + places[to][axis]) / 2),
      );
      const upright = unit === 2;
      const [x, y] = middles.sort((a, b) => (upright ? a[0] - b[0] : b[1] - a[1]))[0];
      const half = context.measureText(name).width / 2;
      const beside = x < inner.width / 2 ? -1 : 1;
      const middle = upright ? x - AWAY - half : x + beside * (AWAY + half / 2);
      const within = Math.min(inner.width - half - 4, Math.max(half + 4, middle));
      const low = Math.min(inner.height - AWAY, y + (upright ? 0 : AWAY + 4));
      context.textAlign = "center";
      context.strokeText(name, within, low);
      context.fillText(name, within, low);
    });
  }
}
