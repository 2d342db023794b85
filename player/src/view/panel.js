/** What all views share: a title, a canvas that is sharp on any screen, and axes. */

import { axisBottom, axisLeft } from "d3-axis";
import { select } from "d3-selection";
import { element } from "./dom.js";
import { context2d, withoutMiddle } from "./canvas.js";
import { inNumbers } from "../core/language.js";

/** @import { AxisScale } from "d3-axis" */
/** @import { Looks } from "./looks.js" */
/** @import { Stage } from "../core/stage.js" */

/** @typedef {{ left: number, right: number, top: number, bottom: number }} Margins */

let made = 0;

export class Panel {
  /**
   * @param {string} kind a class of the style sheet
   * @param {string} title
   * @param {Partial<Margins>} [margins]
   * @param {[number, number]} [shape] width by height of the data, the least and the most
   */
  constructor(kind, title, margins = {}, shape = [0, Infinity]) {
    /** Around the data, as far as axes need them; `margins` also has what the shape leaves free. */
    this.least = { left: 44, right: 8, top: 6, bottom: 22, ...margins };
    this.margins = this.least;
    this.shape = shape;
    this.id = `panel-${++made}`;
    this.title = element("span", { class: "title", id: this.id }, title);
    this.aside = element("span", { class: "aside" });
    this.canvas = element("canvas");
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.plot = element("div", { class: "plot" }, this.canvas);
    this.plot.append(this.svg);
    this.element = element(
      "figure",
      { class: `panel ${kind}`, "aria-labelledby": this.id },
      element("figcaption", {}, this.title, this.aside),
      this.plot,
    );
    this.context = context2d(this.canvas);
    this.width = 0;
    this.height = 0;
    this.ratio = 1;
    /** @type {string} */
    this.axesKey = "";
  }

  /** The inner width and height, that of the data, in CSS pixels. */
  get inner() {
    const { left, right, top, bottom } = this.margins;
    return { width: Math.max(1, this.width - left - right), height: Math.max(1, this.height - top - bottom) };
  }

  /** How much larger the style sheet has everything on a very wide screen. */
  get zoom() {
    return this.plot.clientWidth ? this.plot.getBoundingClientRect().width / this.plot.clientWidth : 1;
  }

  /** Follow the size of the plot and the density of the screen. */
  measure() {
    const { clientWidth: width, clientHeight: height } = this.plot;
    const ratio = Math.min(4, Math.max(1, (devicePixelRatio || 1) * this.zoom));
    if (width === this.width && height === this.height && ratio === this.ratio) return;
    Object.assign(this, { width, height, ratio });
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.svg.setAttribute("viewBox", `0 0 ${Math.max(1, width)} ${Math.max(1, height)}`);
    this.plot.style.setProperty("--aspect", String(width / Math.max(1, height)));
    this.fit();
    this.axesKey = "";
  }

  /** Set the data in the middle of a plot that is flatter than their shape, and at the top of a narrower one. */
  fit() {
    const [narrowest, flattest] = this.shape;
    const { left, right, top, bottom } = this.least;
    const wide = Math.max(1, this.width - left - right);
    const high = Math.max(1, this.height - top - bottom);
    const beside = Math.max(0, Math.floor((wide - flattest * high) / 2));
    const below = narrowest ? Math.max(0, Math.floor(high - wide / narrowest)) : 0;
    this.margins = { left: left + beside, right: right + beside, top, bottom: bottom + below };
    this.element.style.setProperty("--inset", `${beside}px`);
  }

  /** Clear the canvas; the origin is the upper left corner of the data, the unit a CSS pixel. */
  begin() {
    const { context, ratio, margins } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(ratio, 0, 0, ratio, margins.left * ratio, margins.top * ratio);
    context.globalAlpha = 1;
    return context;
  }

  /**
   * Draw the axes, but only when they changed.
   *
   * @param {AxisScale<any>} x @param {AxisScale<any>} y
   * @param {{ xName?: string, yName?: string, yTicks?: number, xTicks?: number, yFormat?: (value: any) => string,
   *   xFormat?: (value: any) => string, xValues?: number[] | null,
   *   yValues?: number[] | null, inside?: boolean, turned?: boolean }} [how] `turned`: yName is beside the axis
   */
  axes(x, y, how = {}) {
    const key = JSON.stringify([x.domain(), y.domain(), x.range(), y.range(), how]);
    if (key === this.axesKey) return;
    this.axesKey = key;
    const { left, top } = this.margins;
    const { width, height } = this.inner;
    const [across, up] = [
      how.xTicks ?? Math.max(2, Math.round(width / 70)),
      how.yTicks ?? Math.max(2, Math.round(height / 45)),
    ];
    const bottom = axisBottom(x).ticks(across).tickSizeOuter(0).tickSize(4);
    const side = axisLeft(y).ticks(up).tickSizeOuter(0).tickSize(4);
    bottom.tickFormat(how.xFormat ?? plainNumbers(x, across));
    side.tickFormat(how.yFormat ?? plainNumbers(y, up));
    if (how.xValues) bottom.tickValues(how.xValues);
    if (how.yValues) side.tickValues(how.yValues);
    const svg = select(this.svg);
    svg.selectAll("g.axis").remove();
    svg.selectAll("text.name").remove();
    svg
      .append("g")
      .attr("class", "axis")
      .attr("transform", `translate(${left},${top + height})`)
      .call(bottom);
    svg.append("g").attr("class", "axis").attr("transform", `translate(${left},${top})`).call(side);
    const named = (/** @type {string} */ text, /** @type {number} */ room) => {
      this.context.font = "12px system-ui, sans-serif";
      const label = svg
        .append("text")
        .attr("class", "name")
        .text(withoutMiddle(this.context, text, room));
      return label;
    };
    if (how.xName)
      named(how.xName, how.inside ? width - 8 : left + width - 8)
        .attr("x", left + width - 4)
        .attr("y", how.inside ? top + height - 6 : top + height + this.least.bottom - 3)
        .attr("text-anchor", "end");
    if (!how.yName) return;
    const yName = named(how.yName, how.turned ? height : width - 12);
    if (how.turned) {
      const place = `translate(${left - this.least.left + 10},${top + height / 2}) rotate(-90)`;
      yName.attr("transform", place).attr("text-anchor", "middle");
    } else {
      yName.attr("x", left + 6).attr("y", top + 13);
    }
  }

  /**
   * Where a pointer is, in pixels of the data.
   *
   * @param {PointerEvent | MouseEvent} event
   * @returns {[number, number]}
   */
  pointer(event) {
    const box = this.canvas.getBoundingClientRect();
    const { zoom, margins } = this;
    return [(event.clientX - box.left) / zoom - margins.left, (event.clientY - box.top) / zoom - margins.top];
  }

  /** Show the stage as it is. @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    throw new Error(`${this.constructor.name} draws nothing of ${stage} in ${looks}`);
  }
}

/**
 * Follow a pointer that is dragged over a panel: mouse, pen, or finger where the reader chose to select.
 *
 * @param {Panel} panel
 * @param {{ hover?: (at: [number, number] | null) => void,
 *   drag?: (from: [number, number], to: [number, number], ended: boolean) => void,
 *   click?: (at: [number, number]) => void }} follow
 */
export function followPointer(panel, follow) {
  /** @type {[number, number] | null} */
  let from = null;
  /** @type {[number, number]} */
  let to = [0, 0];
  let dragged = false;
  let drags = false;
  const { canvas } = panel;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = panel.pointer(event);
    dragged = false;
    // A finger scrolls, unless the reader has chosen that it selects.
    drags = event.pointerType !== "touch" || getComputedStyle(canvas).touchAction === "none";
    if (drags) canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const at = panel.pointer(event);
    if (from && drags && follow.drag && (dragged || Math.hypot(at[0] - from[0], at[1] - from[1]) > 5)) {
      dragged = true;
      to = at;
      follow.drag(from, at, false);
    } else if (!from || event.pointerType !== "mouse") {
      follow.hover?.(at);
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!from) return;
    const at = panel.pointer(event);
    if (dragged) follow.drag?.(from, at, true);
    else follow.click?.(at);
    from = null;
    dragged = false;
  });
  canvas.addEventListener("pointercancel", () => {
    if (from && dragged) follow.drag?.(from, to, true);
    from = null; // the browser scrolls
    dragged = false;
  });
  canvas.addEventListener("pointerleave", () => follow.hover?.(null));
}

/** The labels that D3 gives ticks, written as the language writes numbers. @param {any} scale @param {number} count */
function plainNumbers(scale, count) {
  const format = scale.tickFormat(count);
  return (/** @type {number} */ value) => inNumbers(format(value));
}
