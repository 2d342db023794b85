/** The drawing of a network's diagram: edges, nodes with what they answer to, biases, names and the key. */

import { placesOf } from "../core/diagram_places.js";
import { classNumber } from "../core/names.js";
import { short } from "../core/numbers.js";
import { say } from "../core/language.js";
import { inputName } from "../core/unit_words.js";
import { fitted, withoutMiddle } from "./canvas.js";
import { NodePaint } from "./node_paint.js";

/** @import { Places } from "../core/diagram_places.js" */
/** @import { Diagram, Pictures } from "../core/diagram.js" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks } from "./looks.js" */
/** @import { NetworkPanel, Pointed } from "./network_panel.js" */

const LINE = 14; // pixels
const KEY = 34; // pixels below the names, with the words under it
const [BAR, GAP] = [4, 2]; // pixels: the width of a bias's bar, and what is between it and its node
const [WIDEST, OF_NODE, NARROWEST] = [9, 0.2, 0.16]; // pixels; of a node's side; narrower edges are left out
const [WEAK, STRONG] = [0.3, 0.9]; // opacity of the thinnest edge and the widest
const MOST_NAME = 0.2; // of the width, names at the sides
const FONT = "11px system-ui, sans-serif";
const ABSENT = 0.22; // opacity of what is taken away

export class NetworkPicture {
  /** @param {NetworkPanel} panel @param {Diagram} diagram */
  constructor(panel, diagram) {
    this.panel = panel;
    this.diagram = diagram;
    this.context = panel.context;
    this.paint = new NodePaint();
    /** @type {Places[]} */
    this.places = [];
    this.names = this.namesOf();
    /** How much width names have on both sides. */
    this.rooms = [0, 0];
    /** Where the names of columns begin. */
    this.bottom = 0;
    this.look = /** @type {Looks} */ (/** @type {unknown} */ (null)); // that of the drawing
    /** Of edges and biases: the size that is drawn widest, how wide in pixels, and the power of smaller ones. */
    this.limit = 1;
    this.widest = WIDEST;
    this.power = 1;
  }

  /** Names at the sides: of the inputs, and of the classes that the outputs stand for. @returns {[string[], string[]]} */
  namesOf() {
    const { columns, data, run } = this.diagram;
    const last = columns[columns.length - 1];
    const inputs = data.kind === "image" ? [] : columns[0].shown.map((place) => inputName(run, place));
    const classes = last.n > 1 && run.data.task.n_classes === last.n;
    return [inputs, classes ? last.shown.map((label) => classNumber(run.data, label)) : []];
  }

  /** Where everything stands, for the size of the panel. */
  place() {
    const { context, diagram } = this;
    const { width, height } = this.panel.inner;
    context.font = FONT;
    this.rooms = this.names.map((names) =>
      Math.min(MOST_NAME * width, Math.max(0, ...names.map((name) => context.measureText(name).width))),
    );
    const [left, right] = [this.rooms[0] + BAR + GAP + 5, this.rooms[1] + 6];
    const lines = diagram.columns.some(({ steps }) => steps.length) ? 2 : 1;
    const low = lines * LINE + KEY + 6;
    this.bottom = height - low + 4;
    const box = { left, top: LINE, width: width - left - right, height: height - low - LINE };
    this.places = placesOf(
      diagram.columns.map((_, place) => this.slots(place)),
      box,
    );
  }

  /** How many places a column has: one more for units that are not drawn. @param {number} place */
  slots(place) {
    const { n, shown } = this.diagram.columns[place];
    return place === 0 && this.diagram.data.kind === "image" ? 1 : shown.length + Number(n > shown.length);
  }

  /** How many of its nodes stand for a unit. @param {number} place */
  nodes(place) {
    return place === 0 && this.diagram.data.kind === "image" ? 0 : this.diagram.columns[place].shown.length;
  }

  /** @param {Stage} stage @param {Looks} looks @param {Pointed | null} pointed */
  draw(stage, looks, pointed) {
    const { diagram } = this;
    const { epoch } = stage;
    const quantity = this.panel.quantityOf(stage);
    this.look = looks;
    this.limit = diagram.data.limits[quantity];
    this.power = quantity === "weights" ? 1 : 0.5; // changes differ by orders of magnitude
    const side = Math.min(...this.places.map((each) => each.side));
    this.widest = Math.min(WIDEST, Math.max(1.3, OF_NODE * side));
    const { edges, biases } = diagram.weights(epoch, quantity);
    const ends = this.paint.ends(looks);
    this.drawEdges(edges, ends, pointed);
    const pictures = diagram.pictures(epoch);
    const states = diagram.states(epoch);
    diagram.columns.forEach((_, place) => {
      this.drawColumn(place, pictures[place], epoch);
      this.drawBiases(place, biases[place], ends);
      this.mark(place, states[place]);
    });
    if (pointed && pointed.from === null) this.ring(pointed);
    this.drawNames();
    this.drawKey(stage, ends);
  }

  /** How wide a value is drawn, as a share of the widest. @param {number} value */
  share(value) {
    return Math.min(1, Math.abs(value) / this.limit || 0) ** this.power;
  }

  /** @param {Float32Array[]} edges @param {[string, string]} ends @param {Pointed | null} pointed */
  drawEdges(edges, ends, pointed) {
    const { context, places, diagram, look } = this;
    context.lineCap = "round";
    edges.forEach((values, left) => {
      const [a, b] = [places[left], places[left + 1]];
      const [from, to] = [this.nodes(left), this.nodes(left + 1)];
      if (left === 0 && diagram.data.kind === "image") this.drawPlainEdges(a, b, to);
      for (let i = 0; i < from; i++) {
        for (let j = 0; j < to; j++) {
          const is = pointed?.from === i && pointed.column === left + 1 && pointed.unit === j;
          const share = this.share(values[i * to + j]);
          const width = this.widest * share;
          if (is) this.edge(a, b, i, j, Math.max(width, 1) + 5, look.style.ink, 0.35);
          if (width < NARROWEST) continue;
          const goesNowhere = diagram.isTaken(left + 1, diagram.columns[left + 1].shown[j]);
          const alpha = (WEAK + (STRONG - WEAK) * share) * (goesNowhere ? ABSENT : 1);
          this.edge(a, b, i, j, width, ends[Number(values[i * to + j] > 0)], is ? 1 : alpha);
        }
      }
    });
    context.globalAlpha = 1;
  }

  /** From an image of all inputs to each unit: their weights are its picture. @param {Places} a @param {Places} b @param {number} count */
  drawPlainEdges(a, b, count) {
    for (let j = 0; j < count; j++) this.edge(a, b, 0, j, 1, this.look.style.faint, 1);
  }

  /** @param {Places} a @param {Places} b @param {number} i @param {number} j @param {number} width @param {string} colour @param {number} alpha */
  edge(a, b, i, j, width, colour, alpha) {
    const { context } = this;
    context.globalAlpha = alpha;
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(a.x, a.y[i]);
    context.lineTo(b.x, b.y[j]);
    context.stroke();
  }

  /** @param {number} place @param {Pictures} pictures @param {number} epoch */
  drawColumn(place, pictures, epoch) {
    const { context, diagram, look, paint } = this;
    const { side, x, y } = this.places[place];
    const isLast = place === diagram.columns.length - 1;
    const regions = isLast ? diagram.regions(epoch) : null;
    const bars = pictures.kind === "bars";
    const whole = regions && pictures.kind === "signed" ? regions : null; // in the only node of its column
    if (whole) paint.classes(whole, look);
    else if (!bars) paint.column(pictures, diagram.columns[place].shown, diagram.data.kind === "image", look);
    context.imageSmoothingEnabled = diagram.data.kind === "plane";
    const { width, height } = pictures;
    for (let unit = 0; unit < pictures.n; unit++) {
      const [left, top] = [x - side / 2, y[unit] - side / 2];
      context.fillStyle = look.style.background;
      context.fillRect(left - 1, top - 1, side + 2, side + 2);
      context.globalAlpha = diagram.isTaken(place, diagram.columns[place].shown[unit]) ? ABSENT : 1;
      if (bars) this.drawBars(pictures, unit, left, top, side);
      else context.drawImage(paint.sheet, 0, unit * height, width, height, left, top, side, side);
      context.globalAlpha = 1;
      if (regions) this.drawBoundary(regions, left, top, side);
      const colour = this.colour(place, unit);
      context.lineWidth = colour ? 2 : 1.2;
      context.strokeStyle = colour ?? look.style.muted;
      context.strokeRect(left, top, side, side);
    }
  }

  /** That of a unit of the first layer, whose line has it in the input plane; null of others. @param {number} place @param {number} unit */
  colour(place, unit) {
    const { columns, data } = this.diagram;
    const lined = place === 1 && columns.length > 2 && data.kind === "plane";
    return lined ? this.look.unitColour(columns[place].shown[unit]) : null;
  }

  /** A density, the classes on one another. @param {Pictures} pictures @param {number} unit @param {number} left @param {number} top @param {number} side */
  drawBars({ values, width: bins, height: groups }, unit, left, top, side) {
    const { context, look, diagram } = this;
    const classes = diagram.run.labels !== null;
    for (let bin = 0; bin < bins; bin++) {
      let floor = top + side;
      const at = (unit * bins + bin) * groups;
      const whole = values.subarray(at, at + groups).reduce((sum, share) => sum + share, 0);
      const unitHigh = (side * 0.94) / Math.sqrt(whole || 1); // the root, so that few samples can be seen, too
      for (let group = 0; group < groups; group++) {
        const high = values[at + group] * unitHigh;
        if (!high) continue;
        context.fillStyle = classes ? look.classColour(group) : look.style.loss;
        context.fillRect(left + (bin * side) / bins, floor - high, side / bins + 0.3, high);
        floor -= high;
      }
    }
  }

  /** @param {import("../model").Regions} regions @param {number} left @param {number} top @param {number} side */
  drawBoundary({ limits: [[x0, x1], [y0, y1]], boundary }, left, top, side) {
    const { context, look } = this;
    context.save();
    context.beginPath();
    context.rect(left, top, side, side);
    context.clip();
    context.beginPath();
    for (const line of boundary) {
      for (let i = 0; i < line.length; i += 2) {
        const [x, y] = [(line[i] - x0) / (x1 - x0), (y1 - line[i + 1]) / (y1 - y0)];
        context[i ? "lineTo" : "moveTo"](left + x * side, top + y * side);
      }
    }
    for (const [width, colour] of /** @type {const} */ ([
      [4, look.style.background],
      [1.8, look.style.boundary],
    ])) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
    context.restore();
  }

  /** Biases as bars from the middle of their node's side, up or down. @param {number} place @param {Float32Array} biases @param {[string, string]} ends */
  drawBiases(place, biases, ends) {
    const { context, look } = this;
    const { side, x, y } = this.places[place];
    biases.forEach((bias, unit) => {
      if (Number.isNaN(bias)) return;
      const left = x - side / 2 - BAR - GAP;
      context.fillStyle = look.style.background;
      context.fillRect(left - 1, y[unit] - side / 2, BAR + GAP, side);
      context.fillStyle = look.style.faint;
      context.fillRect(left, y[unit] - side / 2, BAR, side);
      const high = (this.share(bias) * side) / 2;
      context.fillStyle = ends[Number(bias > 0)];
      context.fillRect(left, bias > 0 ? y[unit] - high : y[unit], BAR, high);
      context.fillStyle = look.style.muted;
      context.fillRect(left, y[unit] - 0.5, BAR, 1);
    });
  }

  /** Strike out dead units, hatch saturated ones, cross out what is taken away. @param {number} place @param {Uint8Array} states */
  mark(place, states) {
    const { context, diagram, look } = this;
    const { state, shown } = diagram.columns[place];
    const { side, x, y } = this.places[place];
    shown.forEach((number, unit) => {
      const isTaken = diagram.isTaken(place, number);
      if (!isTaken && !states[unit]) return;
      context.save();
      context.translate(x - side / 2, y[unit] - side / 2);
      context.beginPath();
      context.rect(0, 0, side, side);
      context.clip();
      context.beginPath();
      if (isTaken || state?.state === "dead") {
        context.fillStyle = look.style.background;
        context.globalAlpha = 0.6;
        context.fill();
        context.globalAlpha = 1;
        context.beginPath();
        context.moveTo(0, side);
        context.lineTo(side, 0);
        if (isTaken) {
          context.moveTo(0, 0);
          context.lineTo(side, side);
        }
        context.lineWidth = isTaken ? 1.5 : 2.5;
        context.strokeStyle = isTaken ? look.style.ink : look.style.error;
      } else {
        for (let at = 0; at < 2 * side; at += 6) {
          context.moveTo(at, 0);
          context.lineTo(at - side, side);
        }
        context.globalAlpha = 0.45;
        context.lineWidth = 1;
        context.strokeStyle = look.style.ink;
      }
      context.stroke();
      context.restore();
    });
  }

  /** @param {Pointed} at */
  ring({ column, unit }) {
    const { context, look } = this;
    const { side, x, y } = this.places[column];
    context.lineWidth = 2.5;
    context.strokeStyle = look.style.ink;
    context.strokeRect(x - side / 2 - 2.5, y[unit] - side / 2 - 2.5, side + 5, side + 5);
  }

  /** Names of nodes where they have room, and of columns below. */
  drawNames() {
    const { context, diagram, look, places } = this;
    const { width } = this.panel.inner;
    const last = diagram.columns.length - 1;
    context.font = FONT;
    diagram.columns.forEach(({ shown, n }, place) => {
      const { side, x, y } = places[place];
      const step = y.length > 1 ? y[1] - y[0] : Infinity;
      const names = place === 0 ? this.names[0] : place === last ? this.names[1] : [];
      context.fillStyle = look.style.muted;
      if (names.length && step >= 0.8 * LINE) {
        context.textBaseline = "middle";
        context.textAlign = place ? "left" : "right";
        const beside = place ? side / 2 + 4 : -(side / 2 + 5);
        names.forEach((name, unit) =>
          context.fillText(withoutMiddle(context, name, this.rooms[place ? 1 : 0]), x + beside, y[unit]),
        );
      } else if (place > 0 && n > 1 && step - side >= 11) {
        context.textBaseline = "bottom";
        context.textAlign = "center";
        shown.forEach((unit, at) => {
          context.fillStyle = this.colour(place, at) ?? look.style.muted;
          context.fillText(String(unit + 1), x, y[at] - side / 2 - 2);
        });
        context.fillStyle = look.style.muted;
      }
      if (
        n > shown.length &&
        this.slots(place) > shown.length &&
        !(place === 0 && diagram.data.kind === "image")
      ) {
        context.textBaseline = "middle";
        context.textAlign = "center";
        context.fillText(`+${n - shown.length}`, x, y[shown.length]);
      }
    });
    const stride = Math.max(1, Math.ceil((36 * diagram.columns.length) / width));
    const room = ((width * stride) / diagram.columns.length) * 0.98;
    context.textBaseline = "top";
    context.textAlign = "center";
    diagram.columns.forEach(({ layers, steps }, place) => {
      if (place % stride && place !== last) return;
      if (place !== last && last - place < stride && last % stride) return; // the last one needs the room
      [place ? layers[0] : say("inputs"), steps.join(" · ")].forEach((text, line) => {
        const words = fitted(context, text, room);
        const half = context.measureText(words).width / 2;
        context.fillStyle = line ? look.style.muted : look.style.ink;
        context.fillText(
          words,
          Math.max(half, Math.min(width - half, places[place].x)),
          this.bottom + line * LINE,
        );
      });
    });
  }

  /** How wide which value is. @param {Stage} stage @param {[string, string]} ends */
  drawKey(stage, ends) {
    const { context, look } = this;
    const { width, height } = this.panel.inner;
    const long = Math.min(70, width / 5);
    const [x, y] = [width / 2, height - KEY + 12];
    [-1, 1].forEach((way, side) => {
      context.fillStyle = ends[side];
      context.beginPath();
      for (let step = 0; step <= 16; step++)
        context.lineTo(x + (way * long * step) / 16, y + 3 * (step / 16) ** this.power);
      for (let step = 16; step >= 0; step--)
        context.lineTo(x + (way * long * step) / 16, y - 3 * (step / 16) ** this.power);
      context.fill();
      context.textAlign = way < 0 ? "right" : "left";
      context.textBaseline = "middle";
      context.fillStyle = look.style.muted;
      context.fillText(
        `${way < 0 ? "−" : "+"}${short(Number(this.limit.toPrecision(2)))}`,
        x + way * (long + 5),
        y,
      );
    });
    context.textAlign = "center";
    context.textBaseline = "top";
    const words =
      this.panel.quantityOf(stage) === "weights"
        ? say("weights and biases")
        : say("change of each weight and bias");
    context.fillText(words, x, y + 7);
  }
}
