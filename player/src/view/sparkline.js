/** A value over the whole run, as a small line beside words, with a dot for now. */

/** @import { Looks } from "./looks.js" */

const [WIDTH, HEIGHT, PAD] = [120, 30, 4];

export class Sparkline {
  constructor() {
    this.element = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.element.setAttribute("class", "sparkline");
    this.element.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.element.setAttribute("aria-hidden", "true");
    this.key = "";
    /** @type {Float32Array} */
    this.values = new Float32Array(0);
    this.low = 0;
    this.high = 0;
    this.zero = this.part("path");
    this.line = this.part("path");
    this.dot = this.part("circle");
    this.dot.setAttribute("r", "3");
  }

  /** @param {string} tag */
  part(tag) {
    const part = document.createElementNS("http://www.w3.org/2000/svg", tag);
    part.setAttribute("fill", "none");
    this.element.append(part);
    return part;
  }

  /**
   * @param {string} key of what is shown, "" for nothing
   * @param {() => Float32Array} valuesOf
   * @param {number} share of the run that is over
   * @param {Looks} looks
   */
  draw(key, valuesOf, share, looks) {
    this.element.toggleAttribute("hidden", !key);
    if (!key) return;
    if (key !== this.key) {
      this.key = key;
      this.values = valuesOf();
      const finite = this.values.filter(Number.isFinite);
      this.low = Math.min(0, ...finite);
      this.high = Math.max(0, ...finite);
      const path = Array.from(this.values, (value, i) =>
        Number.isFinite(value) ? `${this.x(i / (this.values.length - 1 || 1))},${this.y(value)}` : "",
      );
      this.line.setAttribute("d", path.some(Boolean) ? `M${path.filter(Boolean).join("L")}` : "");
      this.zero.setAttribute("d", `M${this.x(0)},${this.y(0)}H${this.x(1)}`);
    }
    this.zero.setAttribute("stroke", looks.style.faint);
    this.line.setAttribute("stroke", looks.style.muted);
    this.dot.setAttribute("fill", looks.style.ink);
    const at = Math.min(1, Math.max(0, share)) * (this.values.length - 1);
    const [a, b] = [this.values[Math.floor(at)], this.values[Math.ceil(at)]];
    const value = a + (b - a) * (at % 1);
    this.dot.toggleAttribute("hidden", !Number.isFinite(value));
    if (!Number.isFinite(value)) return;
    this.dot.setAttribute("cx", String(this.x(share)));
    this.dot.setAttribute("cy", String(this.y(value)));
  }

  /** @param {number} share */
  x(share) {
    return Number((PAD + Math.min(1, Math.max(0, share)) * (WIDTH - 2 * PAD)).toFixed(1));
  }

  /** @param {number} value */
  y(value) {
    const { low, high } = this;
    return Number((HEIGHT - PAD - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * PAD)).toFixed(1));
  }
}
