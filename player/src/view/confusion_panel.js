/** Which class is taken for which: true classes in rows, predicted ones in columns. */

import { scaleBand } from "d3-scale";
import { percent } from "../core/numbers.js";
import { Panel, followPointer } from "./panel.js";

/** @import { RunModel } from "../model" */
/** @import { Looks } from "./looks.js" */
/** @import { Stage } from "../core/stage.js" */

export class ConfusionPanel extends Panel {
  /** @param {RunModel} run @param {Stage} stage @param {string} title which says of which samples, where there are others */
  constructor(run, stage, title = "Confusion") {
    super("confusion", title, { left: 42, bottom: 34 }, [1, 1]);
    /** The cell under the pointer. @type {[number, number] | null} */
    this.at = null;
    this.run = run;
    this.k = run.data.task.n_classes;
    const classes = Array.from({ length: this.k }, (_, label) => String(label));
    this.x = scaleBand().domain(classes).paddingInner(0.06);
    this.y = scaleBand().domain(classes).paddingInner(0.06);
    this.said = "";
    this.canvas.setAttribute("role", "img");
    followPointer(this, {
      hover: (at) => {
        this.at = at && [this.cell(at[1], this.inner.height), this.cell(at[0], this.inner.width)];
        stage.changed();
      },
      click: ([x, y]) => {
        const [row, column] = [this.cell(y, this.inner.height), this.cell(x, this.inner.width)];
        const { predicted } = run.answers(stage.epoch);
        if (!predicted || !run.labels) return;
        const { labels } = run;
        stage.followGroup(
          run.data.samples,
          Uint8Array.from(labels, (label, sample) => Number(label === row && predicted[sample] === column)),
        );
      },
    });
  }

  /** @param {number} at @param {number} length */
  cell(at, length) {
    return Math.min(this.k - 1, Math.max(0, Math.floor((at / length) * this.k)));
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const { run, k } = this;
    const { width, height } = this.inner;
    this.x.range([0, width]);
    this.y.range([0, height]);
    const every = Math.ceil((k * 16) / Math.min(width, height));
    const labelled = (/** @type {string} */ label) => (Number(label) % every ? "" : label);
    this.axes(this.x, this.y, {
      xName: "predicted class",
      yName: "true class",
      turned: true,
      xFormat: labelled,
      yFormat: labelled,
    });
    const context = this.begin();
    const { predicted, correct } = run.answers(stage.epoch);
    if (!predicted || !correct || !run.labels) return;
    const counts = new Int32Array(k * k);
    const totals = new Int32Array(k);
    run.labels.forEach((label, sample) => {
      if (predicted[sample] >= 0) counts[label * k + predicted[sample]] += 1; // else it is not finite
      totals[label] += 1;
    });
    const [wide, high] = [this.x.bandwidth(), this.y.bandwidth()];
    const room = wide > 26 && high > 14;
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let row = 0; row < k; row++) {
      for (let column = 0; column < k; column++) {
        const share = totals[row] ? counts[row * k + column] / totals[row] : 0;
        const [x, y] = [
          /** @type {number} */ (this.x(String(column))),
          /** @type {number} */ (this.y(String(row))),
        ];
        context.globalAlpha = 1;
        context.fillStyle = looks.style.faint;
        context.globalAlpha = 0.35;
        context.fillRect(x, y, wide, high);
        context.fillStyle = row === column ? looks.classColour(row) : looks.style.error;
        context.globalAlpha = Math.sqrt(share) * 0.85;
        context.fillRect(x, y, wide, high);
        context.globalAlpha = 1;
        if (!room || !counts[row * k + column]) continue;
        context.fillStyle = looks.style.ink;
        context.fillText(String(counts[row * k + column]), x + wide / 2, y + high / 2);
      }
    }
    this.tell(counts, percent(correct.reduce((sum, one) => sum + one, 0) / run.n));
  }

  /** @param {Int32Array} counts @param {string} right */
  tell(counts, right) {
    const { k } = this;
    const errors = counts.map((count, cell) => (Math.floor(cell / k) === cell % k ? 0 : count));
    const worst = errors.indexOf(Math.max(...errors));
    const most = errors[worst]
      ? `; most often, class ${Math.floor(worst / k)} is taken for ${worst % k} (${errors[worst]})`
      : "";
    const aside = this.at
      ? `true ${this.at[0]}, predicted ${this.at[1]}: ${counts[this.at[0] * k + this.at[1]]}`
      : `${right} right`;
    if (this.aside.textContent !== aside) this.aside.textContent = aside;
    const said = `${right} right${most}`;
    if (said === this.said) return;
    this.said = said;
    this.canvas.setAttribute(
      "aria-label",
      `${this.title.textContent}, matrix of ${this.run.data.name}: ${said}`,
    );
  }
}
