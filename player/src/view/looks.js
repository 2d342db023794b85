/** How things are coloured and marked, in the reader's colour scheme. */

import { context2d } from "./canvas.js";
import { stampOf } from "./stamps.js";

/** @import { PageData, StyleData } from "../types" */

/** @typedef {"o" | "." | "^" | "s" | "D" | "v" | "p" | "P" | "<" | ">" | "h" | "ring" | "arrow"} Marker */

export class Looks {
  /**
   * @param {PageData} page @param {() => void} changed what follows a change of the colour scheme
   * @param {AbortSignal} signal which ends it
   */
  constructor(page, changed, signal) {
    this.styles = page.styles;
    this.theme = page.theme;
    this.printing = false;
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    /** @type {Map<string, HTMLCanvasElement>} */
    this.sprites = new Map();
    /** @type {Map<HTMLCanvasElement, import("./stamps.js").Stamp>} */
    this.stamps = new Map();
    const turn = () => {
      this.apply();
      changed();
    };
    this.dark.addEventListener("change", turn, { signal });
    for (const [event, printing] of /** @type {const} */ ([
      ["beforeprint", true],
      ["afterprint", false],
    ])) {
      const print = () => {
        this.printing = printing;
        turn();
      };
      addEventListener(event, print, { signal });
    }
    this.apply();
  }

  /** @returns {StyleData} */
  get style() {
    if (this.printing) return this.styles.light; // paper is white
    if (this.theme !== "auto") return this.styles[this.theme];
    return this.dark.matches ? this.styles.dark : this.styles.light;
  }

  /** Hand the colours to the style sheet. */
  apply() {
    this.sprites.clear();
    this.stamps.clear();
    const root = document.documentElement;
    const { style } = this;
    root.style.colorScheme = style === this.styles.dark ? "dark" : "light";
    for (const name of /** @type {const} */ (["background", "ink", "muted", "faint", "error", "metric"])) {
      root.style.setProperty(`--${name}`, style[name]);
    }
  }

  /** @param {number} label */
  classColour(label) {
    return this.style.classes[label % this.style.classes.length];
  }

  /** @param {number} run */
  runDashes(run) {
    return this.style.run_dashes[run % this.style.run_dashes.length];
  }

  /** @param {number} run */
  runColour(run) {
    return this.style.runs[run % this.style.runs.length];
  }

  /** @param {number} unit counted from 0 */
  unitColour(unit) {
    return this.style.units[unit % this.style.units.length];
  }

  /** @param {number} label @returns {Marker} */
  classMarker(label) {
    return /** @type {Marker} */ (this.style.markers[label % this.style.markers.length]);
  }

  /**
   * A marker drawn once, to be stamped many times.
   *
   * @param {Marker} marker @param {string} colour @param {number} radius in pixels of the screen
   * @param {string | null} [halo] a rim in this colour
   * @param {boolean} [hollow] as held-out samples are
   */
  sprite(marker, colour, radius, halo = null, hollow = false) {
    const key = `${marker} ${colour} ${radius} ${halo} ${hollow}`;
    let sprite = this.sprites.get(key);
    if (!sprite) {
      const side = 2 * Math.ceil(radius * 1.3 + (halo ? 2 : 1));
      sprite = document.createElement("canvas");
      sprite.width = sprite.height = side;
      const context = context2d(sprite);
      context.translate(side / 2, side / 2);
      if (hollow) drawHollow(context, marker, radius, colour, this.style.background);
      else drawMarker(context, marker, radius, colour, halo);
      this.sprites.set(key, sprite);
    }
    return sprite;
  }

  /** The same as pixels. @param {Marker} marker @param {string} colour @param {number} radius @param {boolean} [hollow] */
  stamp(marker, colour, radius, hollow = false) {
    const sprite = this.sprite(marker, colour, radius, null, hollow);
    const stamp = this.stamps.get(sprite) ?? stampOf(sprite);
    this.stamps.set(sprite, stamp);
    return stamp;
  }

  /**
   * A disc with a white edge, as pixels. It stands out on any colour but its own.
   *
   * @param {string} colour @param {number} radius @param {number} edge how strong the edge is
   */
  disc(colour, radius, edge) {
    const key = `disc ${colour} ${radius} ${edge}`;
    let sprite = this.sprites.get(key);
    if (!sprite) {
      sprite = document.createElement("canvas");
      sprite.width = sprite.height = 2 * Math.ceil(radius + 2);
      const context = context2d(sprite);
      context.translate(sprite.width / 2, sprite.width / 2);
      context.arc(0, 0, radius, 0, 2 * Math.PI);
      context.fillStyle = colour;
      context.fill();
      context.lineWidth = Math.max(1, radius * 0.22);
      context.strokeStyle = `rgb(255 255 255 / ${edge})`;
      context.stroke();
      this.sprites.set(key, sprite);
    }
    const stamp = this.stamps.get(sprite) ?? stampOf(sprite);
    this.stamps.set(sprite, stamp);
    return stamp;
  }

  /**
   * The colours of regions by class and strength, from the background to the share of the class's colour that
   * the style gives where the network is sure: (classes, 256) of RGBA.
   *
   * @param {number} nClasses
   */
  shades(nClasses) {
    const key = `shades ${nClasses}`;
    if (this.shadesKey !== key + this.style.background) {
      const paper = rgb(this.style.background);
      this.shadesOfClasses = new Uint8ClampedArray(nClasses * 256 * 4);
      for (let label = 0; label < nClasses; label++) {
        const colour = rgb(this.classColour(label));
        for (let step = 0; step < 256; step++) {
          const share = (step / 255) * this.style.shading;
          const at = (label * 256 + step) * 4;
          for (let c = 0; c < 3; c++)
            this.shadesOfClasses[at + c] = paper[c] + (colour[c] - paper[c]) * share;
          this.shadesOfClasses[at + 3] = 255;
        }
      }
      this.shadesKey = key + this.style.background;
    }
    return /** @type {Uint8ClampedArray} */ (this.shadesOfClasses);
  }
}

/** Red, green and blue of "#rrggbb". @param {string} hex @returns {[number, number, number]} */
export function rgb(hex) {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

const OUTLINE = 0.38; // the width of the outline of hollow markers, as a share of the radius
const SMALL = 0.6; // the marker of classes without a colour, as a share of the others

/** @type {Record<string, [number, number][]>} corners in units of the radius */
const SHAPES = {
  "^": polygon(3, -90, 1.15),
  v: polygon(3, 90, 1.15),
  "<": polygon(3, 180, 1.15),
  ">": polygon(3, 0, 1.15),
  s: polygon(4, 45, 1.2),
  D: polygon(4, 0, 1.2),
  p: polygon(5, -90, 1.1),
  h: polygon(6, -90, 1.1),
  P: plus(1.1, 0.4),
  // To the right, longer than the triangles of classes.
  arrow: [
    [1, 0],
    [-1, 0.7],
    [-0.6, 0],
    [-1, -0.7],
  ],
};

/** @param {number} corners @param {number} turn degrees @param {number} size @returns {[number, number][]} */
function polygon(corners, turn, size) {
  return Array.from({ length: corners }, (_, k) => {
    const angle = (turn * Math.PI) / 180 + (2 * Math.PI * k) / corners;
    return [size * Math.cos(angle), size * Math.sin(angle)];
  });
}

/** @param {number} long @param {number} wide @returns {[number, number][]} */
function plus(long, wide) {
  return [
    [-wide, -long],
    [wide, -long],
    [wide, -wide],
    [long, -wide],
    [long, wide],
    [wide, wide],
    [wide, long],
    [-wide, long],
    [-wide, wide],
    [-long, wide],
    [-long, -wide],
    [-wide, -wide],
  ];
}

/**
 * @param {CanvasRenderingContext2D} context @param {Marker} marker @param {number} radius
 * @param {string} colour @param {string | null} [halo]
 */
export function drawMarker(context, marker, radius, colour, halo = null) {
  context.beginPath();
  if (marker === "ring") {
    const width = Math.max(1.2, radius * 0.28);
    context.arc(0, 0, radius - width / 2, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
    return;
  }
  const shape = SHAPES[marker];
  if (shape) {
    for (const [x, y] of shape) context.lineTo(x * radius, y * radius);
    context.closePath();
  } else {
    context.arc(0, 0, marker === "." ? SMALL * radius : radius, 0, 2 * Math.PI);
  }
  if (halo) {
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = halo;
    context.stroke();
  }
  context.fillStyle = colour;
  context.fill();
}

/**
 * A marker of which only the outline has the colour.
 *
 * @param {CanvasRenderingContext2D} context @param {Marker} marker @param {number} radius
 * @param {string} colour @param {string} paper
 */
function drawHollow(context, marker, radius, colour, paper) {
  drawMarker(context, marker, radius, colour);
  drawMarker(context, marker, radius - Math.max(1.1, OUTLINE * radius), paper);
}
