/** Which class is taken for which: true classes in rows, predicted ones in columns. */

import { scaleBand } from "d3-scale";
import { classNumber, classWord, haveWords } from "../core/names.js";
import { percent } from "../core/numbers.js";
import { withoutMiddle } from "./canvas.js";
import { Panel, followPointer } from "./panel.js";
import { say } from "../core/language.js";

/** @import { RunModel } from "../model" */
/** @import { Looks } from "./looks.js" */
/** @import { Stage } from "../core/stage.js" */

const FONT = "11px system-ui, sans-serif";
const BESIDE = 30; // pixels between the names of rows and the edge, and around them
const NAMES = 0.3; // the largest share of the width for them

export class ConfusionPanel extends Panel {
  /** @param {RunModel} run @param {Stage} stage @param {string} title which says of which samples, where there are others */
  constructor(run, stage, title = say("Confusion")) {
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

  /** Room for the names of classes beside the rows. @override */
  fit() {
    if (haveWords(this.run.data)) {
      this.context.font = FONT;
      const names = this.x
        .domain()
        .map((label) => numbered(label, classNumber(this.run.data, Number(label))));
      const longest = Math.max(...names.map((name) => this.context.measureText(name).width));
      this.least.left = BESIDE + Math.min(longest, NAMES * this.width);
    }
    super.fit();
  }

  /** @param {number} at @param {number} length */
  cell(at, length) {
    return Math.min(this.k - 1, Math.max(0, Math.floor((at / length) * this.k)));
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const { run, k, context } = this;
    const { width, height } = this.inner;
    this.x.range([0, width]);
    this.y.range([0, height]);
    const every = Math.ceil((k * 16) / Math.min(width, height));
    const name = (/** @type {string} */ label) => classNumber(run.data, Number(label));
    context.font = FONT;
    const fits = (/** @type {string} */ label) => context.measureText(name(label)).width + 4 <= width / k;
    const below = this.x.domain().every(fits);
    const key =
      below || !haveWords(run.data) ? name : (/** @type {string} */ label) => `${label} ${name(label)}`;
    const room = this.least.left - BESIDE;
    const labelled = (/** @type {(label: string) => string} */ text) => (/** @type {string} */ label) =>
      Number(label) % every ? "" : text(label);
    this.axes(this.x, this.y, {
      xName: say("predicted class"),
      yName: say("true class"),
      turned: true,
      xFormat: below ? name : labelled(String),
      yFormat: labelled((label) => withoutMiddle(context, key(label), room)),
    });
    this.begin();
    const { predicted, correct } = run.answers(stage.epoch);
    if (!predicted || !correct || !run.labels) return;
    const counts = new Int32Array(k * k);
    const totals = new Int32Array(k);
    run.labels.forEach((label, sample) => {
      if (predicted[sample] >= 0) counts[label * k + predicted[sample]] += 1; // else it is not finite
      totals[label] += 1;
    });
    const [wide, high] = [this.x.bandwidth(), this.y.bandwidth()];
    const roomy = wide > 26 && high > 14;
    context.font = FONT;
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
        if (!roomy || !counts[row * k + column]) continue;
        context.fillStyle = looks.style.ink;
        context.fillText(String(counts[row * k + column]), x + wide / 2, y + high / 2);
      }
    }
    this.tell(counts, percent(correct.reduce((sum, one) => sum + one, 0) / run.n));
  }

  /** @param {Int32Array} counts @param {string} right */
  tell(counts, right) {
    const { k } = this;
    const run = this.run.data;
    const errors = counts.map((count, cell) => (Math.floor(cell / k) === cell % k ? 0 : count));
    const worst = errors.indexOf(Math.max(...errors));
    const aside = this.at
      ? say("true {label}, predicted {answer}: {count}", {
          label: classNumber(run, this.at[0]),
          answer: classNumber(run, this.at[1]),
          count: counts[this.at[0] * k + this.at[1]],
        })
      : say("{share} right", { share: right });
    if (this.aside.textContent !== aside) this.aside.textContent = aside;
    const values = { title: this.title.textContent ?? "", run: this.run.data.name, share: right };
    const most = errors[worst] && {
      ...values,
      label: classWord(run, Math.floor(worst / k)),
      answer: classNumber(run, worst % k),
      count: errors[worst],
    };
    const said = most
      ? say("{title} of {run}: {share} right; most often, {label} is taken for {answer} ({count})", most)
      : say("{title} of {run}: {share} right", values);
    if (said === this.said) return;
    this.said = said;
    this.canvas.setAttribute("aria-label", said);
  }
}

/** A name behind its class's number, where they are not the same. @param {string} label @param {string} name */
const numbered = (label, name) => (name === label ? name : `${label} ${name}`);
