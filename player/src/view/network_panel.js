/** The network as a diagram, and what a reader does with it: pointing at weights, taking units away. */

import { short } from "../core/numbers.js";
import { inputName, unitName } from "../core/unit_words.js";
import { listed, say } from "../core/language.js";
import { element } from "./dom.js";
import { NetworkPicture } from "./network_picture.js";
import { Panel, followPointer } from "./panel.js";
import { Sparkline } from "./sparkline.js";

/** @import { Diagram } from "../core/diagram.js" */
/** @import { RunModel } from "../model" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Looks } from "./looks.js" */

/**
 * A node or, with `from`, the edge that leads to it: the column, and the places of nodes in their columns.
 *
 * @typedef {{ column: number, unit: number, from: number | null }} Pointed
 */

const REACH = 6; // pixels within which a pointer finds an edge

export class NetworkPanel extends Panel {
  /**
   * @param {RunModel} run @param {Diagram} diagram @param {Stage} stage
   * @param {import("../types").Quantity | null} [quantity] what edges are, if the reader does not choose
   */
  constructor(run, diagram, stage, quantity = null) {
    super("network", say("Network"), { left: 6, right: 6, top: 2, bottom: 0 });
    this.run = run;
    this.diagram = diagram;
    this.quantity = quantity;
    this.picture = new NetworkPicture(this, diagram);
    /** @type {Pointed | null} */
    this.at = null;
    /** Of the two ends of an edge, the one that the arrow keys leave where it is. @type {"from" | "unit"} */
    this.anchor = "from";
    this.touched = false;
    this.words = element("span");
    this.sparkline = new Sparkline();
    this.told = element("p", { class: "told" }, this.words, this.sparkline.element);
    this.element.append(this.told);
    this.followReader(stage);
  }

  /** @param {Stage} stage */
  followReader(stage) {
    const { canvas } = this;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", say("diagram"));
    followPointer(this, {
      // A finger that goes away leaves behind what it pointed at.
      hover: (at) => (at || !this.touched) && this.point(stage, at ? this.found(at) : null),
      click: (at) => {
        this.point(stage, this.found(at));
        this.toggle(stage);
      },
    });
    canvas.addEventListener("pointerdown", (event) => {
      this.touched = event.pointerType === "touch";
    });
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.steer(event.key, stage)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    canvas.addEventListener("blur", () => this.point(stage, null));
  }

  /** @param {Stage} stage @param {Pointed | null} at */
  point(stage, at) {
    if (JSON.stringify(at) === JSON.stringify(this.at)) return;
    this.at = at;
    const unit = at && at.from === null && at.column ? this.diagram.columns[at.column].shown[at.unit] : null;
    stage.unit = at && unit !== null ? { run: this.run, column: at.column, unit } : null;
    stage.changed();
  }

  /** Take the unit away that is pointed at, or bring it back; the neuron view goes to it. @param {Stage} stage */
  toggle(stage) {
    const { at, diagram } = this;
    if (!at || at.from !== null || !at.column) return;
    const { layers, shown } = diagram.columns[at.column];
    stage.neuron = { layer: layers[0], unit: shown[at.unit] + 1 };
    diagram.toggle(at.column, shown[at.unit]);
    stage.changed();
  }

  /** Go by a key: along an edge, to another edge of the same node, to another node. Whether it was one. @param {string} key @param {Stage} stage */
  steer(key, stage) {
    if (key === "Enter" || key === " ") {
      if (!this.at) return false;
      this.toggle(stage);
      return true;
    }
    const way = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    })[key];
    if (!way) return false;
    const count = (/** @type {number} */ column) => this.picture.nodes(column);
    const within = (/** @type {number} */ unit, /** @type {number} */ column) =>
      Math.max(0, Math.min(count(column) - 1, unit));
    const [across, down] = way;
    if (!this.at) {
      this.point(stage, { column: count(0) ? 0 : 1, unit: 0, from: null });
      return true;
    }
    const { column, unit, from } = this.at;
    if (down) {
      if (from === null) this.point(stage, { column, unit: within(unit + down, column), from });
      else if (this.anchor === "from") this.point(stage, { column, unit: within(unit + down, column), from });
      else this.point(stage, { column, unit, from: within(from + down, column - 1) });
    } else if (from !== null) {
      this.point(
        stage,
        across > 0 ? { column, unit, from: null } : { column: column - 1, unit: from, from: null },
      );
    } else if (across > 0 && column < this.diagram.columns.length - 1) {
      this.anchor = "from";
      this.point(stage, { column: column + 1, unit: within(unit, column + 1), from: unit });
    } else if (across < 0 && column > 0 && count(column - 1)) {
      this.anchor = "unit";
      this.point(stage, { column, unit, from: within(unit, column - 1) });
    }
    return true;
  }

  /** The node at a place, else the nearest edge. @param {[number, number]} at @returns {Pointed | null} */
  found([x, y]) {
    const { places } = this.picture;
    for (let column = 0; column < places.length; column++) {
      const { side, x: middle, y: rows } = places[column];
      for (let unit = 0; unit < this.picture.nodes(column); unit++) {
        if (Math.max(Math.abs(x - middle), Math.abs(y - rows[unit])) <= side / 2 + 2)
          return { column, unit, from: null };
      }
    }
    /** @type {Pointed | null} */
    let nearest = null;
    let least = REACH;
    for (let column = 1; column < places.length; column++) {
      const [a, b] = [places[column - 1], places[column]];
      const share = (x - a.x) / (b.x - a.x);
      if (share < 0 || share > 1) continue;
      for (let from = 0; from < this.picture.nodes(column - 1); from++) {
        for (let unit = 0; unit < this.picture.nodes(column); unit++) {
          const rise = b.y[unit] - a.y[from];
          const distance = Math.abs(a.y[from] + share * rise - y) / Math.hypot(1, rise / (b.x - a.x));
          if (distance < least) [least, nearest] = [distance, { column, unit, from }];
        }
      }
    }
    return nearest;
  }

  /** @override */
  fit() {
    super.fit();
    this.picture.place();
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    this.begin();
    this.picture.draw(stage, looks, this.at);
    this.tell(stage, looks);
    if (stage.clock.playing) return;
    const sizes = this.diagram.columns.map(({ n }) => n).join(" → ");
    const label = [
      say("Network of {run}: {sizes} units.", { run: this.run.data.name, sizes }),
      say("Arrow keys go from node to node along edges, Enter takes a unit away or brings it back."),
    ];
    this.canvas.setAttribute("aria-label", label.join(" "));
  }

  /** @param {Stage} stage @param {Looks} looks */
  tell(stage, looks) {
    const { at } = this;
    this.told.setAttribute("aria-live", stage.clock.playing ? "off" : "polite");
    const words = at
      ? this.wordsOf(at, stage)
      : say("Point at a weight for its value. Click a unit to take it away.");
    if (this.words.textContent !== words) this.words.textContent = words;
    const value = at?.column
      ? { to: this.diagram.columns[at.column].shown[at.unit], from: this.number(at) }
      : null;
    const { epochs } = this.run.data;
    this.sparkline.draw(
      value && at ? `${at.column} ${value.to} ${value.from}` : "",
      () => (value && at ? this.diagram.history(at.column, value.to, value.from) : new Float32Array(0)),
      (stage.epoch - epochs[0]) / (epochs[epochs.length - 1] - epochs[0] || 1),
      looks,
    );
  }

  /** What edges are. @param {Stage} stage */
  quantityOf(stage) {
    return this.quantity ?? stage.quantity;
  }

  /** The unit, counted from 0, that an edge comes from. @param {Pointed} at */
  number({ column, from }) {
    return from === null ? null : this.diagram.columns[column - 1].shown[from];
  }

  /** @param {number} column @param {number} place */
  nameOf(column, place) {
    const { shown, layers } = this.diagram.columns[column];
    return column ? unitName(layers[0], shown[place] + 1) : inputName(this.run, shown[place]);
  }

  /** What is pointed at, in words and numbers. @param {Pointed} at @param {Stage} stage */
  wordsOf(at, stage) {
    const { diagram } = this;
    const { column, unit, from } = at;
    const { epoch } = stage;
    const quantity = this.quantityOf(stage);
    const changes = quantity === "changes";
    const now = diagram.weights(epoch, "weights");
    const drawn = diagram.weights(epoch, quantity);
    const sizes = diagram.sizes(epoch);
    if (from !== null) {
      const index = from * diagram.columns[column].shown.length + unit;
      const moved = sizes[column - 1][from] * Math.abs(now.edges[column - 1][index]);
      const names = { from: this.nameOf(column - 1, from), to: this.nameOf(column, unit) };
      return listed([
        say("{from} → {to}", names),
        changes
          ? say("change {value}", { value: short(drawn.edges[column - 1][index]) })
          : say("weight {value}", { value: short(drawn.edges[column - 1][index]) }),
        say("mean |a·w| {value}", { value: short(moved) }),
      ]);
    }
    const bias = drawn.biases[column][unit];
    const { shown, state, takes } = diagram.columns[column];
    const isTaken = diagram.isTaken(column, shown[unit]);
    const isState = diagram.states(epoch)[column][unit];
    return listed([
      this.nameOf(column, unit),
      Number.isNaN(bias)
        ? ""
        : changes
          ? say("change of the bias {value}", { value: short(bias) })
          : say("bias {value}", { value: short(bias) }),
      say("mean |a| {value}", { value: short(sizes[column][unit]) }),
      isState ? (state?.state === "dead" ? say("dead") : say("saturated")) : "",
      isTaken ? say("taken away") : "",
      takes || column === 0 ? "" : say("cannot be taken away"),
    ]);
  }
}
