/** The paths of one run or several over the loss surface of their network. */

import { scaleLinear } from "d3-scale";
import { haveOneScale } from "../core/grid.js";
import { listed, say, told } from "../core/language.js";
import { nearestOfSets } from "../core/nearest.js";
import { epochText, percent, short } from "../core/numbers.js";
import { timesOf } from "../core/surface.js";
import { movedCross } from "./cross.js";
import { fitted } from "./canvas.js";
import { writeHeading } from "./heading.js";
import { drawRing } from "./marks.js";
import { Panel, followPointer } from "./panel.js";
import { Told } from "./told.js";
import { TrajectoryPicture } from "./trajectory_picture.js";

/** @import { RunModel } from "../model" */
/** @import { Stage } from "../core/stage.js" */
/** @import { LossSurface, Path, PathMoment } from "../core/surface.js" */
/** @import { Looks } from "./looks.js" */

/** @typedef {{ run: RunModel, index: number, path: Path }} Going */

const REACH = 20; // pixels within which a pointer finds a snapshot

export class TrajectoryPanel extends Panel {
  /** @param {Going[]} going runs on one surface @param {Stage} stage */
  constructor(going, stage) {
    const [{ path }] = going;
    const { limits } = path.surface.data;
    const [wide, high] = limits.map(([low, top]) => top - low);
    const title = going.length > 1 ? say("Paths over the loss surface") : say("Path over the loss surface");
    super(
      "trajectory",
      title,
      { left: 44, bottom: 34 },
      haveOneScale(limits) ? [wide / high, wide / high] : [1, 1.6],
    );
    this.going = going;
    this.surface = path.surface;
    this.x = scaleLinear();
    this.y = scaleLinear();
    /** Where a pointer or the keyboard's cross is, in pixels. @type {[number, number] | null} */
    this.at = null;
    this.crossed = false;
    this.titles = going.length > 1 ? [title, say("Paths over the loss")] : [title, say("Path over the loss")];
    this.told = new Told(this);
    this.picture = new TrajectoryPicture(this);
    this.followReader(stage);
  }

  /** @param {Stage} stage */
  followReader(stage) {
    const { canvas } = this;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", say("plane"));
    const point = (/** @type {[number, number] | null} */ at) => {
      [this.at, this.crossed] = [at, false];
      stage.changed();
    };
    followPointer(this, {
      hover: point,
      click: (at) => this.seek(stage, at),
      drag: (_, to) => this.seek(stage, to),
    });
    canvas.addEventListener("keydown", (event) => {
      const moved = movedCross(event, this.at, this.inner);
      if (moved) [this.at, this.crossed] = [moved, true];
      else if (event.key === "Enter" && this.at) this.seek(stage, this.at);
      else return;
      stage.changed();
      event.preventDefault();
      event.stopPropagation();
    });
    canvas.addEventListener("blur", () => point(null));
  }

  /** Go to the epoch of the nearest snapshot. @param {Stage} stage @param {[number, number]} at */
  seek(stage, at) {
    const found = this.nearest(at);
    if (!found) return;
    stage.clock.show(found.epoch);
    stage.clock.playing = false;
    stage.changed();
  }

  /** The snapshot nearest to a place, within reach. @param {[number, number]} at */
  nearest(at) {
    const sets = this.going.map(({ path }) => path.points);
    const found = nearestOfSets(sets, [this.x, this.y], at, this.inner, REACH);
    if (!found) return null;
    const { run, path } = this.going[found.set];
    return { run, epoch: path.data.epochs[found.place], loss: path.losses[found.place] };
  }

  /** @override @param {Stage} stage @param {Looks} looks */
  draw(stage, looks) {
    const { surface } = this;
    const { limits, names, shares } = surface.data;
    const { width, height } = this.inner;
    this.x.domain(limits[0]).range([0, width]);
    this.y.domain(limits[1]).range([height, 0]);
    const named = names.map((name, axis) =>
      shares ? `${told(name)} (${percent(shares[axis])})` : told(name),
    );
    writeHeading(this, this.titles, shareWords(this.surface));
    this.axes(this.x, this.y, { xName: named[0], yName: named[1], inside: false });
    const context = this.begin();
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    this.picture.drawSurface(looks);
    const moments = this.going.map(({ path }) => path.at(stage.epoch));
    this.going.forEach((each, i) => this.picture.drawPath(each, moments[i], looks));
    this.going.forEach((each, i) => this.picture.drawNow(each, moments[i], looks));
    if (this.going.length > 1) this.picture.drawNames(moments, looks);
    if (this.at && this.crossed) drawRing(context, this.at, 4, looks);
    context.restore();
    this.drawWords(moments, looks);
    this.tell(stage, moments);
  }

  /** What arrows are, in the corner below. @param {PathMoment[]} moments @param {Looks} looks */
  drawWords(moments, looks) {
    const { height, width } = this.inner;
    this.context.font = "11px system-ui, sans-serif";
    const text = fitted(this.context, this.arrowWords(moments), width - 10);
    this.picture.write(text, [5, height - 10], looks.style.ink, looks, "left");
  }

  /** @param {PathMoment[]} moments */
  arrowWords(moments) {
    if (this.going.length > 1) return say("arrows: the direction of the last step");
    const times = timesOf(moments[0].step, this.surface.data.limits);
    return times === 1
      ? say("arrow: the last step")
      : say("arrow: the last step × {times}", { times: short(times) });
  }

  /** @param {Stage} stage @param {PathMoment[]} moments */
  tell(stage, moments) {
    this.told.tell(this.pointedWords() || this.lossWords(moments), stage);
    if (stage.clock.playing) return;
    const label = [
      `${this.titles[0]}: ${this.going.map(({ run }) => run.data.name).join(" · ")}.`,
      `${this.lossWords(moments)}.`,
      say("Arrow keys move a cross, Enter goes to the epoch of the nearest snapshot."),
    ];
    this.canvas.setAttribute("aria-label", label.join(" "));
  }

  /** The loss of each run now. @param {PathMoment[]} moments */
  lossWords(moments) {
    return listed(
      moments.map(({ loss, off, onPlane }, i) => {
        const { name } = this.going[i].run.data;
        const values = { loss: short(loss), other: short(onPlane), off: percent(off) };
        const said = Number.isFinite(off)
          ? say("loss {loss}; on the plane, {off} of the path away, {other}", values)
          : say("loss {loss}", values);
        return this.going.length > 1 ? `${name} ${said}` : said;
      }),
    );
  }

  /** The loss at the place that is pointed at, and the snapshot nearby. */
  pointedWords() {
    if (!this.at) return "";
    const loss = this.surface.at(this.x.invert(this.at[0]), this.y.invert(this.at[1]));
    const near = this.nearest(this.at);
    return listed([
      Number.isFinite(loss)
        ? say("here about {loss}", { loss: short(loss) })
        : say("here the loss is not finite"),
      near
        ? say("nearest: epoch {epoch} of {run} with loss {loss}", {
            epoch: epochText(near.epoch, !Number.isInteger(near.epoch)),
            run: near.run.data.name,
            loss: short(near.loss),
          })
        : "",
    ]);
  }
}

/** How much of the paths the plane holds, from the longest form on. @param {LossSurface} surface */
function shareWords({ data: { shares } }) {
  if (!shares) return [say("exact: these are all weights"), say("exact")];
  const share = percent(shares[0] + shares[1]);
  return [say("the plane holds {share} of the path", { share }), share];
}
