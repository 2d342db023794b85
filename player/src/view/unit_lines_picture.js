/**
 * The drawing of lines of units in the input plane, each with an arrow to its positive side and the unit's number, as
 * `replay/drawing/artists/unit_lines.py` has it.
 */

/** @import { UnitLine, UnitLines } from "../model" */
/** @import { Looks } from "./looks.js" */
/** @import { PlanePanel } from "./plane_panel.js" */

const [THIN, THICK] = [1.4, 4]; // pixels, of a line without strength and of the strongest
const DEEP = 1.3; // of a deeper unit's line
const [SHORTEST, LONGEST] = [11, 30]; // of an arrow
const [BARB, SLANT] = [6, 3.2]; // of its head: along the shaft, and to its sides
const DEAD = 0.3; // the opacity of a dead unit
const INSET = 10; // between a number and the edge of the plane
const KINK = 3; // the radius of a kink's dot
const NUMBERED = 130; // a side, from which on there is room for numbers
const LARGE = 400; // a side, from which on lines have their whole width
const SMALLEST = 0.65; // of it, in a small plane

export class UnitLinesPicture {
  /** @param {PlanePanel} panel whose canvas and scales it uses */
  constructor(panel) {
    this.panel = panel;
  }

  /** How large it is drawn. */
  get scale() {
    const { width, height } = this.panel.inner;
    return Math.min(1, Math.max(SMALLEST, Math.min(width, height) / LARGE));
  }

  /** What lies below the boundary and the samples. @param {UnitLines} lines @param {Looks} looks */
  drawUnder({ first, deeper }, looks) {
    const { scale } = this;
    const { context } = this.panel;
    context.lineCap = "round";
    context.globalAlpha = 0.75;
    context.lineWidth = DEEP;
    for (const { unit, segments } of deeper) this.stroke(segments, looks.unitColour(unit));
    for (const { unit, ends, flat, strength, dead } of first) {
      context.globalAlpha = dead ? DEAD : 1;
      context.lineWidth = 1.2;
      context.setLineDash([4, 4]);
      for (const line of flat) this.stroke(line, looks.unitColour(unit));
      context.setLineDash([]);
      context.lineWidth = (THIN + (THICK - THIN) * strength) * scale;
      this.stroke(ends, looks.unitColour(unit));
    }
    context.globalAlpha = 1;
    context.lineCap = "butt";
  }

  /** What lies above them: arrows, numbers and kinks. @param {UnitLines} lines @param {Looks} looks */
  drawOver({ first, kinks }, looks) {
    const seen = first.filter(({ ends }) => ends.length);
    for (const line of seen) this.drawArrow(line, looks);
    this.drawKinks(kinks ?? new Float64Array(0), looks);
    this.drawNumbers(seen, looks);
  }

  /** Segments (4n,) in the plane's coordinates. @param {ArrayLike<number>} segments @param {string} colour */
  stroke(segments, colour) {
    const { context, x, y } = this.panel;
    context.beginPath();
    for (let i = 0; i < segments.length; i += 4) {
      context.moveTo(x(segments[i]), y(segments[i + 1]));
      context.lineTo(x(segments[i + 2]), y(segments[i + 3]));
    }
    context.strokeStyle = colour;
    context.stroke();
  }

  /** Where a line leaves the plane in pixels, and the side of z > 0 there. @param {UnitLine} line */
  onScreen({ ends, normal }) {
    const { x, y } = this.panel;
    const [from, to] = [0, 2].map((i) => [x(ends[i]), y(ends[i + 1])]);
    const [across, down] = [to[0] - from[0], to[1] - from[1]];
    const length = Math.hypot(across, down) || 1;
    const side = [-down / length, across / length];
    const ahead = [x(ends[0] + normal[0]) - from[0], y(ends[1] + normal[1]) - from[1]];
    const sign = side[0] * ahead[0] + side[1] * ahead[1] < 0 ? -1 : 1;
    return { from, to, towards: [sign * side[0], sign * side[1]] };
  }

  /** From the middle of a line, of the same size at every scale. @param {UnitLine} line @param {Looks} looks */
  drawArrow(line, looks) {
    const { context } = this.panel;
    const { from, to, towards } = this.onScreen(line);
    const [left, top] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
    context.save();
    const [right, down] = towards.map((each) => each * this.scale);
    context.transform(right, down, -down, right, left, top); // it points along the first axis
    const tip = SHORTEST + (LONGEST - SHORTEST) * line.strength;
    context.globalAlpha = line.dead ? DEAD : 1;
    context.lineCap = context.lineJoin = "round";
    for (const [width, colour] of /** @type {const} */ ([
      [4.4, looks.style.background],
      [2, looks.unitColour(line.unit)],
    ])) {
      context.beginPath();
      context.moveTo(0, 0);
      context.lineTo(tip, 0);
      context.moveTo(tip - BARB, -SLANT);
      context.lineTo(tip, 0);
      context.lineTo(tip - BARB, SLANT);
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
    context.restore();
  }

  /** @param {Float64Array} kinks @param {Looks} looks */
  drawKinks(kinks, { style }) {
    const { context, x, y } = this.panel;
    context.lineWidth = 1.5;
    context.strokeStyle = style.boundary;
    context.fillStyle = style.background;
    for (let i = 0; i < kinks.length; i += 2) {
      context.beginPath();
      context.arc(x(kinks[i]), y(kinks[i + 1]), KINK, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
  }

  /** Where the names of the axes are, at their corners. */
  names() {
    const { width, height } = this.panel.inner;
    return [10, 26, 42].flatMap((x) => [
      [x, INSET],
      [width - x, height - INSET],
    ]);
  }

  /** The number of each unit where its line leaves the plane, where there is room. @param {UnitLine[]} lines @param {Looks} looks */
  drawNumbers(lines, looks) {
    const { context, inner } = this.panel;
    if (Math.min(inner.width, inner.height) < NUMBERED) return;
    context.font = "bold 12px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3.5;
    context.strokeStyle = looks.style.background;
    const taken = this.names();
    for (const line of lines) {
      const { from, to, towards } = this.onScreen(line);
      // To the right of its arrow, so that it does not change ends as the line turns.
      const right = (/** @type {number[]} */ [x, y]) => towards[0] * y - towards[1] * x;
      const places = [from, to]
        .sort((a, b) => right(b) - right(a))
        .map(([x, y]) => [clamped(x, inner.width), clamped(y, inner.height)]);
      const place = places.find((one) => taken.every((other) => far(one, other)));
      if (!place) continue;
      taken.push(place);
      context.globalAlpha = line.dead ? DEAD : 1;
      context.fillStyle = looks.unitColour(line.unit);
      const number = line.twin === null ? `${line.unit + 1}` : `${line.unit + 1}=${line.twin + 1}`;
      context.strokeText(number, place[0], place[1]);
      context.fillText(number, place[0], place[1]);
    }
    context.globalAlpha = 1;
  }
}

/** @param {number} at @param {number} length */
const clamped = (at, length) => Math.min(length - INSET, Math.max(INSET, at));

/** Whether two numbers do not touch. @param {number[]} a @param {number[]} b */
const far = (a, b) => Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])) > 1.6 * INSET;
