/** The page: panels and controls around one stage, drawn anew where something changed. */

import { Clock, union } from "../core/clock.js";
import { Choices, Transport, followKeys } from "./controls.js";
import { element } from "./dom.js";
import { helpDialog } from "./help.js";
import { fromLink, toLink } from "../core/link.js";
import { Looks } from "./looks.js";
import { latest } from "../core/milestones.js";
import { MorphControl } from "./morph_control.js";
import { epochText } from "../core/numbers.js";
import { columnsOf, hasView, sharedPanels } from "./panels.js";
import { Readout } from "./readout.js";
import { MOST_SHOWN, Stage } from "../core/stage.js";
import { Timeline } from "./timeline.js";
import { VIEWS } from "../core/words.js";

/** @import { RunModel } from "../model" */
/** @import { PageData } from "../types" */
/** @import { Panel } from "./panel.js" */

const LONGEST_FRAME = 0.1; // seconds that the clock moves on at most: a page that was hidden goes on from there

const MOST_IN_LEGEND = 10; // classes; their colours and markers repeat after these

export class App {
  /**
   * @param {HTMLElement} root @param {PageData} page @param {RunModel[]} runs
   * @param {import("./readout.js").Samples} samples
   */
  constructor(root, page, runs, samples) {
    this.root = root;
    this.page = page;
    this.samples = samples;
    this.looks = new Looks(page, () => this.changed("layout"));
    this.stage = new Stage(page, runs, new Clock(union(runs.map((run) => run.data.epochs)), page.seconds));
    this.timeline = new Timeline(this.stage);
    this.choices = new Choices(this.stage);
    this.help = helpDialog(page.notes);
    this.transport = new Transport(this.stage, {
      link: () => this.copyLink(),
      help: () => this.help.showModal(),
      group: (on) => root.classList.toggle("selecting", on),
    });
    this.morph = new MorphControl(this.stage);
    this.readout = new Readout(this.stage, samples);
    /** @type {Panel[]} */
    this.panels = [];
    this.waiting = 0;
    this.before = 0;
    /** The width that the timeline's marks were placed for. */
    this.placedAt = 0;
    /** Whether the panels have to be made anew. */
    this.stale = true;
    /** Whether panels may have another size, or the screen another density. */
    this.resized = true;
    this.build();
    followKeys(this.stage, this.transport, this.timeline, { help: () => this.help.showModal() });
    this.begin();
    this.stage.follow((change) => this.changed(change));
    const resized = () => {
      this.resized = true;
      this.changed();
    };
    new ResizeObserver(resized).observe(/** @type {Element} */ (this.views));
    addEventListener("resize", resized); // a zoom leaves sizes alone and changes the density
    addEventListener("hashchange", () => {
      this.stage.clock.playing = false;
      this.readLink();
      this.changed("layout");
    });
    addEventListener("beforeprint", () => this.drawNow()); // a print takes the canvases as they are
  }

  build() {
    this.caption = element("p", { class: "caption" });
    this.epoch = element("output", { class: "epoch", "aria-live": "off" });
    this.legend = element("p", { class: "legend" });
    this.views = element("div", { class: "views" });
    this.status = element("p", { class: "status", role: "status" });
    const header = element(
      "header",
      {},
      element("h1", {}, this.page.title),
      this.epoch,
      this.legend,
      this.caption,
    );
    this.choices.element.append(this.morph.open);
    this.transport.link.hidden = !hasAddress();
    const player = element(
      "div",
      { class: "player", role: "group", "aria-label": "Player" },
      this.transport.before,
      this.timeline.element,
      this.transport.after,
    );
    const notes = this.page.notes.map((note) => element("p", { class: "note" }, note));
    this.root.replaceChildren(
      header,
      this.choices.element,
      this.views,
      this.morph.element,
      player,
      this.readout.element,
      this.status,
      ...notes,
      this.help,
    );
    this.root.hidden = false;
  }

  /** Where the page begins: at what the link says, else at the start that the page was made with. */
  begin() {
    const { page, stage } = this;
    const linked = this.readLink();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    stage.clock.smooth = !still;
    if (!linked && page.start.epoch !== null) stage.clock.show(page.start.epoch);
    else if (!linked && still) stage.clock.place = stage.clock.last;
    this.drawNow("layout");
    if (!linked && page.start.epoch === null && !still) this.playWhenSeen();
  }

  /** A post may hold the page far down: it plays when it comes into view. */
  playWhenSeen() {
    const seen = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        seen.disconnect();
        this.stage.clock.play();
        this.changed();
      },
      { threshold: 0.4 },
    );
    for (const { element: panel } of this.panels.slice(0, 1)) seen.observe(panel);
  }

  /** Take over what the link says, and of what it does not say how the page begins. Whether it names a moment. */
  readLink() {
    const { stage, page } = this;
    const { start } = page;
    const link = fromLink(location.hash);
    const named = (link.run ?? []).map((name) => stage.runs.findIndex((run) => run.data.name === name));
    const found = [...new Set(named.filter((index) => index >= 0))].slice(0, MOST_SHOWN);
    stage.show(found.length ? found : start.runs);
    stage.view = link.view && link.view in VIEWS ? link.view : (start.view ?? "dashboard");
    stage.space = link.space && stage.layers.includes(link.space) ? link.space : start.layer;
    stage.units = link.units ?? start.units;
    stage.mark = link.morph === undefined ? null : Math.max(0, link.morph);
    const set = stage.onStage[0].run.data.samples;
    const samples = (link.sample ?? []).map((number) => this.samples.numbers.find(set, number));
    const points = page.samples[set].limits ? (link.probe ?? []) : [];
    stage.probes = [];
    for (const sample of samples) {
      if (sample >= 0 && sample < stage.onStage[0].run.n) stage.probe({ set, sample, input: null });
    }
    for (const [x, y] of points) stage.probe({ set, sample: null, input: Float32Array.of(x, y) });
    if (link.epoch === undefined) return false;
    stage.clock.show(link.epoch);
    return true;
  }

  /** All that differs from how the page begins. */
  get link() {
    const { stage } = this;
    const { start } = this.page;
    const plane = stage.onStage.map(({ run }) => stage.featurePlane(run)).find(Boolean);
    const layer = plane?.layer ?? undefined;
    const units = plane?.layer ? plane.units : undefined;
    return toLink({
      epoch: stage.epoch,
      run: stage.runs.length > 1 ? stage.onStage.map(({ run }) => run.data.name) : undefined,
      view: stage.view === (start.view ?? "dashboard") ? undefined : stage.view,
      space: stage.space === start.layer ? undefined : layer,
      units: String(stage.units) === String(start.units) ? undefined : units,
      morph: stage.mark ?? undefined,
      probe: stage.probes
        .filter((p) => p.input)
        .map((p) => /** @type {[number, number]} */ (Array.from(p.input ?? []))),
      sample: stage.probes
        .filter((p) => p.sample !== null)
        .map((p) => this.samples.numbers.of(p.set, /** @type {number} */ (p.sample))),
    });
  }

  /** Let the address follow what is shown; within some frames it may not change, and stays as it is. */
  writeLink() {
    if (!hasAddress() || location.hash === this.link) return;
    try {
      history.replaceState(null, "", this.link);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }

  async copyLink() {
    const address = `${location.href.replace(/#.*$/, "")}${this.link}`;
    try {
      await navigator.clipboard.writeText(address);
      this.say("The link is copied.");
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
      this.say(`This is the link: ${address}`);
    }
  }

  /** @param {string} text */
  say(text) {
    if (this.status) this.status.textContent = text;
  }

  /** @param {import("../core/stage.js").Change} [change] */
  changed(change = "frame") {
    if (change === "layout") this.stale = true;
    this.waiting ||= requestAnimationFrame((now) => this.tick(now));
  }

  /** @param {number} now in milliseconds */
  tick(now) {
    this.waiting = 0;
    const elapsed = Math.min(LONGEST_FRAME, this.before ? (now - this.before) / 1000 : 0);
    const { clock } = this.stage;
    clock.advance(elapsed);
    const morphs = this.morph.advance(elapsed);
    this.drawNow();
    const goesOn = clock.playing || morphs;
    this.before = goesOn ? now : 0;
    if (goesOn) this.changed();
    else this.writeLink();
  }

  /** @param {import("../core/stage.js").Change} [change] */
  drawNow(change = "frame") {
    if (change === "layout" || this.stale) this.layout();
    this.stale = false;
    if (this.resized) for (const panel of this.panels) panel.measure();
    this.resized = false;
    for (const panel of this.panels) if (panel.width > 0) panel.draw(this.stage, this.looks);
    this.transport.draw();
    this.timeline.draw();
    this.morph.draw();
    this.readout.draw();
    this.tell();
    if (this.placedAt !== this.root.clientWidth) {
      this.placedAt = this.root.clientWidth;
      this.timeline.place();
    }
  }

  /** Make the panels that the view has. */
  layout() {
    const { stage, looks } = this;
    if (!hasView(stage, stage.view)) stage.view = "dashboard";
    const { epoch } = stage;
    stage.clock.epochs = union(stage.onStage.map(({ run }) => run.data.epochs));
    stage.clock.last = stage.clock.epochs.length - 1;
    stage.clock.show(epoch);
    for (const { run } of stage.onStage) run.share(stage.onStage.length);
    this.choices.layout(looks, (view) => hasView(stage, view));
    this.timeline.layout(looks);
    this.drawLegend();
    const several = stage.onStage.length > 1;
    this.caption?.classList.toggle("long", several);
    const columns = columnsOf(stage);
    const shared = sharedPanels(stage);
    this.panels = [...columns.flatMap(({ large, small }) => [...large, ...small]), ...shared];
    const made = columns.map(({ large, small }, place) => {
      const { run, index } = stage.onStage[place];
      const title = element("h2", {}, run.data.name);
      title.style.setProperty("--run", looks.runColour(index));
      const some = [...small, ...(several ? [] : shared)];
      return element(
        "section",
        { class: "column", "aria-label": run.data.name },
        ...(several ? [title] : []),
        element("div", { class: `large n${large.length}` }, ...large.map((panel) => panel.element)),
        element("div", { class: `small n${some.length}` }, ...some.map((panel) => panel.element)),
      );
    });
    const together = element(
      "div",
      { class: "shared" },
      ...(several ? shared.map((panel) => panel.element) : []),
    );
    const { views } = this;
    if (!views) return;
    this.resized = true;
    views.className = `views view-${stage.view} runs-${stage.onStage.length}`;
    views.replaceChildren(element("div", { class: "columns" }, ...made), together);
  }

  drawLegend() {
    const { stage, looks } = this;
    const classes = Math.max(...stage.onStage.map(({ run }) => run.data.task.n_classes));
    const many = classes > 4;
    const marks = Array.from({ length: Math.min(classes, MOST_IN_LEGEND) }, (_, label) =>
      this.legendEntry(
        looks.classMarker(label),
        looks.classColour(label),
        many ? String(label) : `class ${label}`,
      ),
    );
    if (classes > MOST_IN_LEGEND) marks.push(element("span", {}, `and ${classes - MOST_IN_LEGEND} more`));
    if (classes) marks.push(this.legendEntry("x", looks.style.error, "misclassified"));
    this.legend?.replaceChildren(...marks);
  }

  /** @param {import("./looks.js").Marker} marker @param {string} colour @param {string} text */
  legendEntry(marker, colour, text) {
    const sprite = this.looks.sprite(marker, colour, 10);
    const copy = element("canvas", { width: sprite.width, height: sprite.height, "aria-hidden": "true" });
    copy.getContext("2d")?.drawImage(sprite, 0, 0);
    return element("span", {}, copy, text);
  }

  /** Epoch and milestone in words. */
  tell() {
    const { stage } = this;
    const { clock } = stage;
    const text = `epoch ${epochTold(clock)}`;
    if (this.epoch && this.epoch.textContent !== text) this.epoch.textContent = text;
    const told = stage.onStage.map(({ run }) => ({
      run,
      milestone: latest(run.data.milestones, clock.epoch),
    }));
    const caption = told
      .filter(({ milestone }) => milestone)
      .map(({ run, milestone }) => {
        const said = `epoch ${epochText(milestone?.epoch ?? 0)}: ${milestone?.text}`;
        return told.length > 1 ? `${run.data.name}, ${said}` : said;
      })
      .join(" · ");
    if (this.caption && this.caption.textContent !== caption) {
      this.caption.textContent = caption;
      this.caption.title = caption;
    }
  }
}

/** Whether the page has an address of its own; within a notebook it has none. */
function hasAddress() {
  return /^(file|https?):$/.test(location.protocol);
}

/**
 * The epoch as the counter shows it: while it plays in whole numbers where snapshots have them, so that nothing
 * jumps.
 *
 * @param {Clock} clock
 */
function epochTold(clock) {
  if (!clock.playing) return epochText(clock.epoch, clock.between);
  return clock.epochs.every(Number.isInteger)
    ? String(Math.floor(clock.epoch))
    : epochText(clock.epoch, true);
}
