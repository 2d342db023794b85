/** Histograms of probabilities and of losses, with the misclassified samples and the followed ones apart. */

import { scaleLinear, scaleLog } from "d3-scale";
import { count, positions } from "../core/histogram.js";
import { classTitle, classWord } from "../core/names.js";
import { percent, power, short } from "../core/numbers.js";
import { Panel, followPointer } from "./panel.js";
import { inNumbers, listed, say, told } from "../core/language.js";

const ROOM = 1.06; // of the highest bar
const TINT = 0.22; // of a colour, in the bars of held-out samples
const LEAST = 0.1; // of the axis on each side of its middle, where the bars of the other side are higher
const SLIM = 230; // pixels, of a panel that has no room for many words beside its title
const FLAT = 5; // a bar this many times lower than another looks flat beside it
const BELOW_HALF = 0.5 - 2 ** -25; // the next float32 below 0.5

/** @import { Answers, RunModel } from "../model" */
/** @import { Looks } from "./looks.js" */
/** @import { Stage } from "../core/stage.js" */

/**
 * What a histogram counts. `ceiling` is its highest bar and `share` that as a share of the samples of its class.
 *
 * @typedef {{
 *   title: string,
 *   xName: string,
 *   ownScale: boolean,
 *   edges: number[],
 *   domain: [number, number],
 *   ceiling: number,
 *   share: number,
 *   logarithmic: boolean,
 *   onLogAxis: boolean,
 *   chosen: (sample: number) => boolean,
 *   values: (answers: Answers) => Float32Array | null,
 *   colour: (looks: Looks) => string,
 *   tellsRight: boolean,
 *   middle: number | null,
 * }} Counted
 */

/**
 * The probabilities of one class, or of all samples, on axes that runs have in common.
 *
 * @param {RunModel} run
 * @param {number | null} label
 * @param {RunModel[]} together
 * @returns {Counted}
 */
export function probabilitiesOf(run, label, together) {
  const { kind } = run.data.task;
  const data = /** @type {NonNullable<typeof run.data.probabilities>} */ (run.data.probabilities);
  const ofClass1 = kind === "binary" && label !== null;
  const own = label !== null && together.some((each) => hasOwnScales(each));
  const tops = label === null || own ? [label] : data.highest.map((_, each) => each);
  const xName = label === null ? say("P(true class)") : `P(${classWord(run.data, ofClass1 ? 1 : label)})`;
  return {
    title: classTitle(run.data, label),
    xName,
    ownScale: own,
    edges: data.edges,
    domain: [0, 1],
    ceiling: highest(together, ({ probabilities: each }) =>
      Math.max(...tops.map((top) => (top === null ? each?.highest_of_all : each?.highest[top]) ?? 0)),
    ),
    share: highestShare(together, label === null),
    logarithmic: false,
    onLogAxis: false,
    chosen: (sample) => label === null || run.labels?.[sample] === label,
    values: (answers) => (ofClass1 ? sided(answers.probabilities) : answers.ofTrueClass),
    colour: (looks) => (label === null ? looks.style.loss : looks.classColour(label)),
    tellsRight: true,
    middle: kind === "binary" ? 0.5 : null,
  };
}

/**
 * The losses of all samples, on axes that runs have in common.
 *
 * @param {RunModel} run
 * @param {RunModel[]} together
 * @returns {Counted}
 */
export function lossesOf(run, together) {
  const data = /** @type {NonNullable<typeof run.data.losses>} */ (run.data.losses);
  return {
    title: say("Losses"),
    xName: say("{loss} of a sample", { loss: told(data.name) }),
    ownScale: false,
    edges: data.edges,
    domain: spanned(together),
    ceiling: highest(together, ({ losses }) => losses?.ceiling),
    share: Math.max(...together.map((each) => (each.data.losses?.ceiling ?? 0) / each.n)),
    logarithmic: isLogarithmic(run),
    onLogAxis: together.every(isLogarithmic),
    chosen: () => true,
    values: (answers) => answers.losses,
    colour: (looks) => looks.style.loss,
    tellsRight: false,
    middle: null,
  };
}

/**
 * The highest bar of any class, or of all samples together, as a share of its samples.
 *
 * @param {RunModel[]} runs @param {boolean} whole
 */
function highestShare(runs, whole) {
  return Math.max(
    ...runs.flatMap(({ data: { probabilities }, labels, n }) => {
      if (!probabilities || !labels) return [0];
      if (whole) return [probabilities.highest_of_all / n];
      const sizes = new Int32Array(probabilities.highest.length);
      for (const label of labels) sizes[label] += 1;
      return probabilities.highest.map((top, label) => top / Math.max(1, sizes[label]));
    }),
  );
}

/** Whether one scale would leave the bars of some classes flat. @param {RunModel} run */
function hasOwnScales(run) {
  const present = (run.data.probabilities?.highest ?? []).filter((top) => top > 0);
  return present.length > 0 && Math.max(...present) > FLAT * Math.min(...present);
}

/**
 * Probabilities of class 1 on the side of 0.5 that is answered: exactly 0.5 is class 0.
 *
 * @param {Float32Array | null} probabilities
 */
function sided(probabilities) {
  return probabilities && probabilities.map((p) => (p === 0.5 ? BELOW_HALF : p));
}

/** @param {RunModel[]} runs @param {(data: RunModel["data"]) => number | undefined} of */
function highest(runs, of) {
  return Math.max(...runs.map((run) => of(run.data) ?? 0));
}

/** Whether bins of losses have equal ratios: those of losses below 0 have equal widths. @param {RunModel} run */
function isLogarithmic(run) {
  return (run.data.losses?.edges[0] ?? 1) > 0;
}

/** The range of all runs' losses. @param {RunModel[]} runs @returns {[number, number]} */
function spanned(runs) {
  const edges = runs.flatMap((run) => run.data.losses?.edges ?? []);
  return [Math.min(...edges), Math.max(...edges)];
}

export class HistogramPanel extends Panel {
  /**
   * @param {RunModel} run @param {Stage} stage @param {Counted} counted
   * @param {{ run: RunModel, counted: Counted } | null} below the held-out samples, back to back with the others:
   *   then bars are shares of the samples of each
   */
  constructor(run, stage, counted, below = null) {
    super("histogram", counted.title, { left: 38, bottom: 34 });
    this.run = run;
    this.counted = counted;
    this.below = below && {
      ...below,
      samples: Int32Array.from({ length: below.run.n }, (_, sample) => sample).filter(below.counted.chosen),
    };
    this.x = (counted.onLogAxis ? scaleLog() : scaleLinear()).domain(counted.domain);
    this.y = scaleLinear();
    this.samples = Int32Array.from({ length: run.n }, (_, sample) => sample).filter(counted.chosen);
    /** @type {Int32Array | null} */
    this.bins = null;
    /** @type {string | null} */
    this.said = null;
    this.canvas.setAttribute("role", "img");
    followPointer(this, {
      click: ([x]) => this.follow(stage, x, x),
      drag: ([from], [to], ended) => {
        if (ended) this.follow(stage, Math.min(from, to), Math.max(from, to));
      },
    });
  }

  /**
   * Follow the samples of the bins between two places.
   *
   * @param {Stage} stage
   * @param {number} from
   * @param {number} to
   */
  follow(stage, from, to) {
    const { bins } = this;
    if (!bins) return;
    const [first, last] = positions(
      Float32Array.of(this.x.invert(from), this.x.invert(to)),
      this.counted.edges,
      this.counted.logarithmic,
    );
    const members = new Uint8Array(this.run.n);
    for (const sample of this.samples)
      members[sample] = Number(bins[sample] >= first && bins[sample] <= last);
    stage.followGroup(this.run.data.samples, members);
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const { counted, run } = this;
    const { width, height } = this.inner;
    this.x.range([0, width]);
    const { below } = this;
    const tops = below ? [counted.share, below.counted.share] : [Math.max(1, counted.ceiling), 0];
    const least = below ? LEAST * Math.max(...tops) : 0;
    this.y.domain([-ROOM * Math.max(least, tops[1]), ROOM * Math.max(least, tops[0])]).range([height, 0]);
    const name = counted.xName;
    const xName = below
      ? say("{name}, held out below", { name })
      : counted.ownScale
        ? say("{quantity}, own scale", { quantity: name })
        : name;
    this.axes(this.x, this.y, {
      xName,
      yTicks: below ? 4 : 3,
      xValues: counted.onLogAxis ? decades(counted.domain, width) : this.x.ticks(2),
      xFormat: (value) => (counted.onLogAxis ? power(value) : inNumbers(String(value).replace("-", "−"))),
      yFormat: (value) => (below ? percent(Math.abs(value)) : short(value)),
    });
    const context = this.begin();
    const answers = run.answers(stage.epoch);
    const values = counted.values(answers);
    if (!values) return;
    const nBins = counted.edges.length - 1;
    this.bins = positions(values, counted.edges, counted.logarithmic);
    const all = count(this.bins, answers.correct, this.samples, nBins);
    const unit = below ? 1 / Math.max(1, this.samples.length) : 1;
    const group = stage.membersOf(run.data.samples);
    context.globalAlpha = group ? 0.3 : 1;
    this.bars(all.right, null, counted.colour(looks), unit);
    this.bars(all.wrong, all.right, looks.style.error, unit);
    context.globalAlpha = 1;
    if (group) {
      const both = this.samples.filter((sample) => group[sample]);
      const followed = count(this.bins, answers.correct, both, nBins);
      this.bars(followed.right, null, counted.colour(looks), unit);
      this.bars(followed.wrong, followed.right, looks.style.error, unit);
    }
    const heldOut = below && this.drawBelow(below, stage, looks);
    if (counted.middle !== null) this.drawMiddle(counted.middle, looks);
    this.drawFollowed(stage, values, looks);
    this.tell(all, heldOut, answers.correct !== null);
  }

  /**
   * The bars of the held-out samples, in outlines.
   *
   * @param {NonNullable<HistogramPanel["below"]>} below @param {Stage} stage @param {Looks} looks
   */
  drawBelow({ run, counted, samples }, stage, looks) {
    const answers = run.answers(stage.epoch);
    const values = counted.values(answers);
    if (!values) return null;
    const { context } = this;
    const bins = positions(values, counted.edges, counted.logarithmic);
    const nBins = counted.edges.length - 1;
    const all = count(bins, answers.correct, samples, nBins);
    const unit = -1 / Math.max(1, samples.length);
    const group = stage.membersOf(run.data.samples);
    context.globalAlpha = group ? 0.3 : 1;
    this.bars(all.right, null, counted.colour(looks), unit, true);
    this.bars(all.wrong, all.right, looks.style.error, unit, true);
    context.globalAlpha = 1;
    if (group) {
      const both = samples.filter((sample) => group[sample]);
      const followed = count(bins, answers.correct, both, nBins);
      this.bars(followed.right, null, counted.colour(looks), unit, true);
      this.bars(followed.wrong, followed.right, looks.style.error, unit, true);
    }
    context.beginPath();
    context.moveTo(0, this.y(0));
    context.lineTo(this.inner.width, this.y(0));
    context.lineWidth = 1;
    context.strokeStyle = looks.style.muted;
    context.stroke();
    return all;
  }

  /**
   * @param {Int32Array | Uint32Array | number[]} heights
   * @param {ArrayLike<number> | null} under what they stand on
   * @param {string} colour
   * @param {number} unit of a sample on the axis, negative where bars go down
   * @param {boolean} [hollow]
   */
  bars(heights, under, colour, unit, hollow = false) {
    const { context, x, y, counted } = this;
    const floor = this.inner.height;
    const inside = (/** @type {number} */ at) => Math.min(floor, Math.max(0, at));
    context.fillStyle = colour;
    context.beginPath();
    for (let bin = 0; bin < heights.length; bin++) {
      if (!heights[bin]) continue;
      const from = under ? under[bin] : 0;
      const left = x(counted.edges[bin]);
      const right = x(counted.edges[bin + 1]);
      const ends = [inside(y(unit * (from + heights[bin]))), inside(y(unit * from))];
      const top = Math.min(...ends);
      context.rect(left + 0.25, top, right - left - 0.5, Math.max(...ends) - top);
    }
    if (!hollow) {
      context.fill();
      return;
    }
    const { globalAlpha } = context;
    context.globalAlpha = TINT * globalAlpha;
    context.fill();
    context.globalAlpha = globalAlpha;
    context.lineWidth = 1;
    context.strokeStyle = colour;
    context.stroke();
  }

  /** @param {number} middle @param {Looks} looks */
  drawMiddle(middle, looks) {
    const { context } = this;
    context.beginPath();
    context.setLineDash([4, 3]);
    context.moveTo(this.x(middle), 0);
    context.lineTo(this.x(middle), this.inner.height);
    context.lineWidth = 1;
    context.strokeStyle = looks.style.muted;
    context.stroke();
    context.setLineDash([]);
  }

  /**
   * Where the sample under the pointer and the probes are.
   *
   * @param {Stage} stage
   * @param {Float32Array} values
   * @param {Looks} looks
   */
  drawFollowed(stage, values, looks) {
    this.flags(stage, this.run, this.counted, values, looks);
    const { below } = this;
    const held = below?.counted.values(below.run.answers(stage.epoch));
    if (below && held) this.flags(stage, below.run, below.counted, held, looks);
  }

  /** @param {Stage} stage @param {RunModel} run @param {Counted} counted @param {Float32Array} values @param {Looks} looks */
  flags(stage, run, counted, values, looks) {
    const set = run.data.samples;
    for (const probe of stage.probes) {
      if (probe.set === set && probe.sample !== null && counted.chosen(probe.sample))
        this.flag(values, probe.sample, probe.letter, looks);
    }
    if (stage.hover?.set === set && counted.chosen(stage.hover.sample))
      this.flag(values, stage.hover.sample, "", looks);
  }

  /** @param {Float32Array} values @param {number} sample @param {string} letter @param {Looks} looks */
  flag(values, sample, letter, looks) {
    if (!Number.isFinite(values[sample])) return;
    const { context } = this;
    const { width, height } = this.inner;
    const { edges } = this.counted;
    const x = Math.min(
      width,
      Math.max(0, this.x(Math.min(edges[edges.length - 1], Math.max(edges[0], values[sample])))),
    );
    context.fillStyle = looks.style.ink;
    context.strokeStyle = looks.style.background;
    context.lineWidth = 2.5;
    context.beginPath();
    context.moveTo(x, height);
    context.lineTo(x - 5, height - 9);
    context.lineTo(x + 5, height - 9);
    context.closePath();
    context.stroke();
    context.fill();
    if (!letter) return;
    context.font = "bold 11px system-ui, sans-serif";
    context.textAlign = "center";
    context.strokeText(letter, x, height - 12);
    context.fillText(letter, x, height - 12);
  }

  /** @param {ReturnType<typeof count>} all @param {ReturnType<typeof count> | null} heldOut @param {boolean} classes */
  tell(all, heldOut, classes) {
    const shares = this.counted.tellsRight && classes ? [all, heldOut].map(shareRight) : [null, null];
    const missing = all.missing ? say("{share} not finite", { share: all.missing }) : "";
    const trained = shares[0] === null ? "" : percent(shares[0]);
    const held = shares[1] === null ? "" : percent(shares[1]);
    const share = this.told(trained, held);
    const said = listed([missing, share]);
    if (this.said === said) return;
    this.said = said;
    this.aside.textContent = said;
    this.canvas.setAttribute(
      "aria-label",
      say("Histogram: {quantity}, {title}. {said}", {
        quantity: this.counted.xName,
        title: this.counted.title,
        said,
      }),
    );
  }

  /** What is said of the shares that are right, either of which may be empty. @param {string} share @param {string} heldOut */
  told(share, heldOut) {
    if (!heldOut) return share && say("{share} right", { share });
    if (!share) return say("held out {value}", { value: heldOut });
    const values = { share, held_out: heldOut };
    return this.inner.width < SLIM
      ? say("{share} · held out {held_out}", values)
      : say("train {share} · held out {held_out}", values);
  }
}

/** The share that is right of what was counted; null of nothing. @param {ReturnType<typeof count> | null} counts */
function shareRight(counts) {
  if (!counts) return null;
  const sum = (/** @type {ArrayLike<number>} */ values) => Array.from(values).reduce((a, b) => a + b, 0);
  const right = sum(counts.right);
  const total = right + sum(counts.wrong) + counts.missing;
  return total ? right / total : null;
}

/** The powers of ten on an axis, as many as have room. @param {number[]} edges @param {number} width */
function decades(edges, width) {
  const first = Math.ceil(Math.log10(edges[0]) - 1e-9);
  const last = Math.floor(Math.log10(edges[edges.length - 1]) + 1e-9);
  if (last < first) return [edges[0], edges[edges.length - 1]];
  const stride = Math.max(1, Math.ceil((last - first + 1) / Math.max(2, width / 44)));
  const powers = [];
  for (let exponent = first; exponent <= last; exponent += stride) powers.push(10 ** exponent);
  return powers;
}
