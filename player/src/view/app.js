/** The page: panels and controls around one stage, drawn anew where something changed. */

import { union } from "../core/clock.js";
import { say, spoken, told } from "../core/language.js";
import { Address } from "./address.js";
import { Choices, Transport, followKeys } from "./controls.js";
import { element, select } from "./dom.js";
import { Header } from "./header.js";
import { helpDialog } from "./help.js";
import { Looks } from "./looks.js";
import { MorphControl } from "./morph_control.js";
import { columnsOf, hasView, sharedPanels } from "./panels.js";
import { Readout } from "./readout.js";
import { UnitControls } from "./unit_controls.js";
import { Timeline } from "./timeline.js";

/** @import { Change, Stage } from "../core/stage.js" */
/** @import { LanguageData } from "../types" */
/** @import { Panel } from "./panel.js" */
/** @import { Column } from "./panels.js" */
/** @import { Samples } from "./readout.js" */

const LONGEST_FRAME = 0.1; // seconds that the clock moves on at most: a page that was hidden goes on from there
const SEEN = 0.4; // the share of the first panel that is in view when the page begins to play

export class App {
  /** @param {HTMLElement} root @param {Stage} stage @param {Samples} samples @param {(language: string) => void} turn */
  constructor(root, stage, samples, turn) {
    const { page } = stage;
    /** What ends all that the page follows, for another in its place. */
    this.over = new AbortController();
    this.root = root;
    this.page = page;
    this.looks = new Looks(page, () => this.changed("layout"), this.over.signal);
    this.stage = stage;
    this.address = new Address(this.stage, samples.numbers);
    this.header = new Header(this.stage);
    this.choices = new Choices(this.stage);
    this.units = new UnitControls(this.stage);
    this.views = element("div", { class: "views" });
    this.seen = element("div", { class: "seen" });
    this.morph = new MorphControl(this.stage);
    this.timeline = new Timeline(this.stage);
    this.notes = page.notes.map(told);
    this.help = helpDialog(this.notes);
    this.language = languageChoice(page.languages, turn);
    this.status = element("p", { class: "status", role: "status" });
    this.transport = new Transport(this.stage, {
      link: async () => (this.status.textContent = await this.address.copy()),
      help: () => this.help.showModal(),
      group: (on) => root.classList.toggle("selecting", on),
    });
    this.readout = new Readout(this.stage, samples);
    /** @type {Panel[]} */
    this.panels = [];
    /** The frame that is asked for, 0 where none is. */
    this.waiting = 0;
    /** When the last frame of a motion was drawn, 0 where all stands still. */
    this.before = 0;
    /** The width that the timeline's marks were placed for. */
    this.placedAt = 0;
    /** Whether the panels have to be made anew. */
    this.stale = true;
    /** Whether panels may have another size, or the screen another density. */
    this.resized = true;
    this.build();
    this.follow();
  }

  build() {
    const { transport, timeline, morph, choices } = this;
    choices.element.append(this.units.quantity, this.units.neuron, morph.open, this.language);
    transport.link.hidden = !this.address.exists;
    const parts = [transport.before, timeline.element, transport.after];
    const words = element(
      "p",
      { class: "heard", id: "replay-description" },
      told(this.page.description.text),
    );
    this.root.setAttribute("aria-label", told(this.page.description.alt));
    this.root.setAttribute("aria-describedby", words.id);
    const notes = this.notes.map((note) => element("p", { class: "note" }, note));
    // What is seen scrolls between the head and the player, which stand still.
    this.seen.append(choices.element, this.views, this.readout.element, ...notes);
    this.root.replaceChildren(
      this.header.element,
      words,
      this.seen,
      this.status,
      this.units.note, // here it moves nothing that was just clicked
      morph.element,
      element("div", { class: "player", role: "group", "aria-label": say("Player") }, ...parts),
      this.help,
    );
    this.root.hidden = false;
  }

  /** Where the page begins: at what the link says, else at the start that the page was made with. */
  begin() {
    const { clock, page } = this.stage;
    const linked = this.address.read();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    clock.smooth = !still;
    if (!linked && page.start.epoch !== null) clock.show(page.start.epoch);
    else if (!linked && still) clock.place = clock.last;
    this.drawNow();
    if (!linked && page.start.epoch === null && !still) this.playWhenSeen();
  }

  /** A post may hold the page far down: it plays when it comes into view. */
  playWhenSeen() {
    const look = (/** @type {IntersectionObserverEntry[]} */ entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      this.stage.clock.play();
      this.changed();
    };
    const seen = new IntersectionObserver(look, { threshold: SEEN });
    for (const panel of this.panels.slice(0, 1)) seen.observe(panel.element);
  }

  /** Follow the reader, the window and the address. */
  follow() {
    const { signal } = this.over;
    followKeys(this.stage, this.transport, this.timeline, { help: () => this.help.showModal() }, signal);
    this.stage.follow((change) => this.changed(change));
    const resized = () => {
      this.resized = true;
      this.changed();
    };
    const sizes = new ResizeObserver(resized);
    sizes.observe(this.views);
    signal.addEventListener("abort", () => sizes.disconnect());
    addEventListener("resize", resized, { signal }); // a zoom leaves sizes alone and changes the density
    const linked = () => {
      this.stage.clock.playing = false;
      this.address.read();
      this.changed("layout");
    };
    addEventListener("hashchange", linked, { signal });
    addEventListener("beforeprint", () => this.drawNow(), { signal }); // a print takes the canvases as they are
  }

  /** Follow nothing any more: another takes its place, on the same stage. */
  end() {
    this.over.abort();
    cancelAnimationFrame(this.waiting);
    this.stage.followers = [];
    this.root.classList.remove("selecting");
  }

  /** Have the page drawn with the next frame. @param {Change} [change] */
  changed(change = "frame") {
    if (change === "layout") this.stale = true;
    this.waiting ||= requestAnimationFrame((now) => this.tick(now));
  }

  /** @param {number} now in milliseconds */
  tick(now) {
    this.waiting = 0;
    const elapsed = Math.min(LONGEST_FRAME, this.before ? (now - this.before) / 1000 : 0);
    this.stage.clock.advance(elapsed);
    const morphs = this.morph.advance(elapsed);
    this.drawNow();
    const goesOn = this.stage.clock.playing || morphs;
    this.before = goesOn ? now : 0;
    if (goesOn) this.changed();
    else this.address.write();
  }

  drawNow() {
    if (this.stale) this.layout();
    if (this.resized) for (const panel of this.panels) panel.measure();
    this.stale = this.resized = false;
    for (const panel of this.panels) if (panel.width > 0) panel.draw(this.stage, this.looks);
    for (const part of [this.header, this.units, this.transport, this.timeline, this.morph, this.readout])
      part.draw();
    if (this.placedAt === this.root.clientWidth) return;
    this.placedAt = this.root.clientWidth;
    this.timeline.place();
  }

  /** Make the panels that the view has. */
  layout() {
    const { stage, looks } = this;
    stage.unit = null; // its diagram is made anew
    if (!hasView(stage, stage.view)) stage.view = "dashboard";
    stage.clock.follow(union(stage.onStage.map(({ run }) => run.data.epochs)));
    for (const { run } of stage.onStage) run.share(stage.onStage.length);
    this.header.layout(looks);
    this.choices.layout(looks, (view) => hasView(stage, view));
    this.units.layout();
    this.timeline.layout(looks);
    const columns = columnsOf(stage);
    const shared = sharedPanels(stage);
    this.panels = [...columns.flatMap(({ large, small }) => [...large, ...small]), ...shared];
    this.resized = true;
    const alone = columns.length === 1;
    const made = columns.map((column, place) => this.column(column, place, alone ? shared : []));
    this.views.className = `views view-${stage.view} runs-${columns.length}`;
    this.views.replaceChildren(
      element("div", { class: "columns" }, ...made),
      element("div", { class: "shared" }, ...(alone ? [] : shared.map((panel) => panel.element))),
    );
  }

  /** The panels of a run, and those that it shares with no other. @param {Column} column @param {number} place @param {Panel[]} shared */
  column({ large, small }, place, shared) {
    const { run, index } = this.stage.onStage[place];
    const title = element("h2", {}, run.data.name);
    title.style.setProperty("--run", this.looks.runColour(index));
    const elements = (/** @type {Panel[]} */ panels) => panels.map((panel) => panel.element);
    const some = [...small, ...shared];
    return element(
      "section",
      { class: "column", "aria-label": run.data.name },
      ...(this.stage.onStage.length > 1 ? [title] : []),
      element("div", { class: `large n${large.length}` }, ...elements(large)),
      element("div", { class: `small n${some.length}` }, ...elements(some)),
    );
  }
}

/** @param {Record<string, LanguageData>} languages @param {(language: string) => void} turn */
function languageChoice(languages, turn) {
  const choices = Object.entries(languages).map(
    ([code, { name }]) => /** @type {[string, string]} */ ([code, name]),
  );
  const made = select(say("Language"), choices, turn);
  made.value = spoken();
  made.classList.add("language");
  made.hidden = choices.length < 2;
  return made;
}
