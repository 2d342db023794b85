/** Buttons, choices and keys. */

import { LINEAR } from "../core/planes.js";
import { isSpace, SPACE } from "../core/space.js";
import { views } from "../core/words.js";
import { drawn, element, iconButton, name, offer, select } from "./dom.js";
import { inNumbers, say } from "../core/language.js";

/** @import { Looks } from "./looks.js" */
/** @import { Stage } from "../core/stage.js" */
/** @import { Timeline } from "./timeline.js" */

export const PLAY = "M7 4.5v15l12.5-7.5z";
const ICONS = {
  play: PLAY,
  pause: "M6.5 5h4v14h-4zM13.5 5h4v14h-4z",
  back: "M17.5 5.5v13L8 12zM5 5.5h2.5v13H5z",
  on: "M6.5 5.5v13L16 12zM16.5 5.5H19v13h-2.5z",
  loop: "M7 7h10v3l4-4-4-4v3H5v6h2zM17 17H7v-3l-4 4 4 4v-3h12v-6h-2z",
  smooth: "M2 16c5 0 5-9 10-9s5 9 10 9v2.200c-6.500 0-6-9-10-9s-3.500 9-10 9z",
  link: "M10.600 13.400a4 4 0 0 0 5.700 0l3.500-3.500a4 4 0 0 0-5.700-5.700l-1.400 1.400 1.400 1.400 1.400-1.400a2 2 0 0 1 2.900 2.900L14.900 12a2 2 0 0 1-2.900 0zM13.400 10.600a4 4 0 0 0-5.700 0l-3.500 3.500a4 4 0 0 0 5.700 5.700l1.400-1.400-1.400-1.400-1.400 1.400a2 2 0 0 1-2.900-2.900L9.100 12a2 2 0 0 1 2.900 0z",
  group:
    "M4 4h4v2H6v2H4zM16 4h4v4h-2V6h-2zM4 16h2v2h2v2H4zM18 16h2v4h-4v-2h2zM10 4h4v2h-4zM10 18h4v2h-4zM4 10h2v4H4zM18 10h2v4h-2z",
  heldOut: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16zM12 6.500a5.500 5.500 0 1 1 0 11a5.500 5.500 0 1 1 0-11z",
  units: "M5.100 20L17.600 3.300l1.600 1.200L6.700 21.200zM3 10.200l.8-1.800 17.200 7.800-.8 1.800z",
  help: "M11 17h2v2h-2zM12 5a4 4 0 0 0-4 4h2a2 2 0 1 1 3.200 1.600C12 11.500 11 12.300 11 14.500h2c0-1.500.6-1.900 1.600-2.700A4 4 0 0 0 12 5z",
};
const WITHOUT_SPACE = ["fit", "trajectory"]; // views that show no layer's space
const SPEEDS = [0.25, 0.5, 1, 2, 4];

/** Which run, view, layer and units are shown. */
export class Choices {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.runs = stage.runs.map((run, index) => {
      const button = element(
        "button",
        { type: "button", class: "run", "aria-pressed": "false" },
        element("bdi", {}, run.data.name),
      );
      button.addEventListener("click", () => stage.toggleRun(index));
      return button;
    });
    this.view = select(say("View"), [], (value) => {
      stage.view = value;
      stage.changed("layout");
    });
    this.layer = select(say("Layer of the feature space"), [], (value) => {
      stage.space = value;
      stage.units = null;
      stage.mark = stage.mark === null ? null : Infinity;
      stage.changed("layout");
    });
    this.plane = select(say("Plane of the feature space"), [], (value) => {
      stage.units = value === "pca" || value === "readout" || value === SPACE ? value : [1, 2];
      stage.changed("layout");
    });
    this.units = [0, 1].map((side) =>
      select(side ? say("Unit on the vertical axis") : say("Unit on the horizontal axis"), [], (value) =>
        this.pair(side, Number(value)),
      ),
    );
    this.element = element("div", { class: "choices" });
    if (this.runs.length > 1) {
      this.element.append(
        element("div", { class: "runs", role: "group", "aria-label": say("Runs") }, ...this.runs),
      );
    }
    this.element.append(this.view, this.layer, this.plane, ...this.units);
  }

  /** @param {number} side @param {number} unit */
  pair(side, unit) {
    const { stage } = this;
    const pair = /** @type {[number, number]} */ (Array.isArray(stage.units) ? [...stage.units] : [1, 2]);
    if (pair[1 - side] === unit) pair[1 - side] = pair[side]; // the two change places
    pair[side] = unit;
    stage.units = pair;
    stage.changed("layout");
  }

  /** @param {Looks} looks @param {(view: string) => boolean} offered which views the runs on stage have */
  layout(looks, offered) {
    const { stage } = this;
    this.runs.forEach((button, index) => {
      button.setAttribute("aria-pressed", String(stage.shown.includes(index)));
      button.style.setProperty("--run", looks.runColour(index));
    });
    offer(
      this.view,
      Object.entries(views())
        .filter(([view]) => offered(view))
        .map(([view, text]) => [view, text]),
    );
    this.view.value = stage.view;
    const features = stage.onStage.map(({ run }) => ({ run, plane: stage.featurePlane(run) }));
    const { run, plane } = features.find((each) => each.plane) ?? { run: null, plane: null };
    const { layers } = stage;
    const isSeen = stage.onStage.some(({ run }) => stage.showsPlanes(run));
    const hasSpace = isSeen && !WITHOUT_SPACE.includes(stage.view);
    this.layer.hidden = layers.length < 2 || !hasSpace;
    offer(
      this.layer,
      layers.map((layer) => [layer, layer]),
    );
    if (plane?.layer) this.layer.value = plane.layer;
    const space = run?.data.spaces.find((each) => each.layer === plane?.layer);
    const pairs = Boolean(run && plane?.layer && run.pairs(plane.layer));
    const linear = plane !== null && plane.layer !== null && !Array.isArray(plane.units) ? plane.units : null;
    const called = { readout: say("readout"), pca: say("principal plane") };
    const planes = LINEAR.filter((name) => space?.linear[name]);
    this.plane.hidden = !hasSpace || !pairs || !(planes.length || (space && isSpace(space)));
    offer(this.plane, [
      ...(space && isSpace(space)
        ? [/** @type {[string, string]} */ ([SPACE, say("three units in space")])]
        : []),
      ...planes.map((name) => /** @type {[string, string]} */ ([name, called[name]])),
      ["pair", say("two units")],
    ]);
    this.plane.value = linear ?? "pair";
    this.units.forEach((choice, side) => {
      choice.hidden = !hasSpace || !pairs || linear !== null;
      const count = space?.n_units ?? 0;
      offer(
        choice,
        Array.from({ length: count }, (_, unit) => [
          String(unit + 1),
          say("unit {unit}", { unit: unit + 1 }),
        ]),
      );
      if (plane?.layer && Array.isArray(plane.units)) choice.value = String(plane.units[side]);
    });
  }
}

/** Play, step, speed, loop, and what else is done with the clock. */
export class Transport {
  /**
   * @param {Stage} stage
   * @param {{ link: () => void, help: () => void, group: (on: boolean) => void }} does
   */
  constructor(stage, does) {
    this.stage = stage;
    this.playing = iconButton(say("Play"), ICONS.play, "Space");
    this.playing.classList.add("main");
    this.back = iconButton(say("Back to the snapshot before"), ICONS.back, "ArrowLeft");
    this.on = iconButton(say("On to the next snapshot"), ICONS.on, "ArrowRight");
    this.loop = toggle(say("Play again and again"), ICONS.loop, "L");
    this.smooth = toggle(say("Move smoothly between snapshots"), ICONS.smooth, "S");
    this.heldOut = toggle(say("Show held-out samples"), ICONS.heldOut, "H");
    this.units = toggle(say("Show the lines of units"), ICONS.units, "U");
    this.group = toggle(say("Drag to follow a group, also by touch"), ICONS.group, "G");
    this.link = iconButton(say("Copy a link to this moment"), ICONS.link);
    this.help = iconButton(say("Help"), ICONS.help, "?");
    this.speed = select(
      say("Speed"),
      SPEEDS.map((speed) => [String(speed), inNumbers(`${speed}×`)]),
      (value) => {
        stage.clock.speed = Number(value);
      },
    );
    this.speed.value = "1";
    this.playing.addEventListener("click", () => this.toggle());
    this.back.addEventListener("click", () => this.step(-1));
    this.on.addEventListener("click", () => this.step(1));
    this.loop.addEventListener("click", () => this.turn("loop"));
    this.smooth.addEventListener("click", () => this.turn("smooth"));
    this.heldOut.addEventListener("click", () => stage.showHeldOut(!stage.showsHeldOut));
    this.units.addEventListener("click", () => stage.toggleUnits());
    this.group.addEventListener("click", () => {
      const on = this.group.getAttribute("aria-pressed") !== "true";
      this.group.setAttribute("aria-pressed", String(on));
      does.group(on);
    });
    this.link.addEventListener("click", () => does.link());
    this.help.addEventListener("click", () => does.help());
    this.before = element("div", { class: "transport" }, this.back, this.playing, this.on);
    this.after = element(
      "div",
      { class: "transport more" },
      this.speed,
      this.loop,
      this.smooth,
      ...(stage.runs.some((run) => run.heldOut) ? [this.heldOut] : []),
      ...(stage.runs.some((run) => run.data.units) ? [this.units] : []),
      this.group,
      this.link,
      this.help,
    );
  }

  toggle() {
    const { clock } = this.stage;
    if (clock.playing) clock.playing = false;
    else clock.play();
    this.stage.changed();
  }

  /** @param {1 | -1} direction */
  step(direction) {
    this.stage.clock.playing = false;
    this.stage.clock.step(direction);
    this.stage.changed();
  }

  /** @param {"loop" | "smooth"} what */
  turn(what) {
    this.stage.clock[what] = !this.stage.clock[what];
    this.stage.changed();
  }

  /** @param {1 | -1} direction */
  faster(direction) {
    const place = SPEEDS.indexOf(this.stage.clock.speed) + direction;
    if (!(place in SPEEDS)) return;
    this.stage.clock.speed = SPEEDS[place];
    this.speed.value = String(SPEEDS[place]);
  }

  draw() {
    const { clock } = this.stage;
    const state = clock.playing ? say("Pause") : say("Play");
    if (this.playing.getAttribute("aria-label") !== state) {
      name(this.playing, state);
      this.playing.replaceChildren(drawn(clock.playing ? ICONS.pause : ICONS.play));
    }
    this.loop.setAttribute("aria-pressed", String(clock.loop));
    this.smooth.setAttribute("aria-pressed", String(clock.smooth));
    this.heldOut.hidden = !this.stage.hasHeldOut;
    this.heldOut.setAttribute("aria-pressed", String(this.stage.showsHeldOut));
    const { stage } = this;
    this.units.hidden = !stage.hasUnits;
    this.units.setAttribute("aria-pressed", String(stage.onStage.some(({ run }) => stage.showsUnits(run))));
    for (const button of [this.playing, this.back, this.on]) button.disabled = clock.last === 0;
  }
}

/** @param {string} label @param {string} icon @param {string} key */
function toggle(label, icon, key) {
  const button = iconButton(label, icon, key);
  button.setAttribute("aria-pressed", "false");
  return button;
}

/**
 * Keys that work wherever the focus is, but for those that a field or a dialog needs itself.
 *
 * @param {Stage} stage @param {Transport} transport @param {Timeline} timeline
 * @param {{ help: () => void }} does @param {AbortSignal} signal which ends it
 */
export function followKeys(stage, transport, timeline, does, signal) {
  /** @type {Record<string, () => void>} */
  const keys = {
    " ": () => transport.toggle(),
    ArrowLeft: () => transport.step(-1),
    ArrowRight: () => transport.step(1),
    Home: () => go(stage, 0),
    End: () => go(stage, stage.clock.last),
    m: () => timeline.jump(1),
    M: () => timeline.jump(-1),
    l: () => transport.turn("loop"),
    s: () => transport.turn("smooth"),
    g: () => transport.group.click(),
    h: () => {
      if (stage.hasHeldOut) transport.heldOut.click();
    },
    u: () => {
      if (stage.hasUnits) transport.units.click();
    },
    "+": () => transport.faster(1),
    "-": () => transport.faster(-1),
    Escape: () => stage.clear(),
    "?": () => does.help(),
  };
  const follow = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const { target } = event;
    if (!(target instanceof Element) || target.closest("select, dialog, input:not(.slider)")) return;
    if (event.key === " " && target.closest("button")) return; // it presses the button
    const key =
      event.key === "M" && event.shiftKey
        ? "M"
        : event.key.length === 1
          ? event.key.toLowerCase()
          : event.key;
    const act = keys[key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  document.addEventListener("keydown", follow, { signal });
}

/** @param {Stage} stage @param {number} place */
function go(stage, place) {
  stage.clock.playing = false;
  stage.clock.place = place;
  stage.changed();
}
