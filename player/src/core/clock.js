/** The clock that all runs of the page share: which epoch is shown, and how it moves on. */

import { bisectLeft, bisectRight } from "d3-array";

const STEPS_A_SECOND = 12;
const SHORTEST = 4;
const LONGEST = 20;
const PAUSE = 1.2; // seconds on the last epoch before a loop begins anew

/**
 * Epochs stand on it in even steps: a place is a position among `epochs`, between two of them a fraction.
 */
export class Clock {
  /** @param {number[]} epochs increasing, one or more @param {number | null} seconds from first to last */
  constructor(epochs, seconds) {
    this.epochs = epochs;
    this.last = epochs.length - 1;
    this.seconds = seconds ?? Math.min(LONGEST, Math.max(SHORTEST, this.last / STEPS_A_SECOND));
    this.place = 0;
    this.speed = 1;
    this.playing = false;
    this.loop = false;
    this.smooth = true;
    this.rest = 0;
  }

  /** What is shown: the epoch of the place or, where the motion is not smooth, of the snapshot before it. */
  get epoch() {
    return this.epochAt(this.smooth ? this.place : Math.floor(this.place + 1e-9));
  }

  /** @param {number} place */
  epochAt(place) {
    const before = Math.min(Math.floor(place), this.last);
    const after = Math.min(before + 1, this.last);
    return this.epochs[before] + (this.epochs[after] - this.epochs[before]) * (place - before);
  }

  /** @param {number} epoch clamped to those of the run @returns {number} its place */
  placeOf(epoch) {
    const after = bisectLeft(this.epochs, epoch);
    if (after === 0) return 0;
    if (after > this.last) return this.last;
    const low = this.epochs[after - 1];
    return after - 1 + (epoch - low) / (this.epochs[after] - low);
  }

  /** @param {number} epoch */
  show(epoch) {
    this.place = this.placeOf(epoch);
    this.rest = 0;
  }

  /** Take over other epochs, and stay at the moment as far as they have it. @param {number[]} epochs */
  follow(epochs) {
    const { epoch } = this;
    this.epochs = epochs;
    this.last = epochs.length - 1;
    this.show(epoch);
  }

  /** Whether the moment lies between two snapshots. */
  get between() {
    return this.epochs[bisectLeft(this.epochs, this.epoch)] !== this.epoch;
  }

  /** Go to the next snapshot, or the one before. @param {1 | -1} direction */
  step(direction) {
    const here = this.epoch;
    const next = direction > 0 ? bisectRight(this.epochs, here) : bisectLeft(this.epochs, here) - 1;
    this.place = Math.min(this.last, Math.max(0, next));
    this.rest = 0;
  }

  /** Begin to play; from the end, anew. */
  play() {
    if (this.place >= this.last) this.place = 0;
    this.rest = 0;
    this.playing = this.last > 0;
  }

  /** Move on by so many seconds of the reader's time. @param {number} elapsed */
  advance(elapsed) {
    if (!this.playing) return;
    if (this.place >= this.last) {
      this.rest += elapsed;
      if (this.rest >= PAUSE) this.play();
      return;
    }
    this.place = Math.min(this.last, this.place + (elapsed * this.speed * this.last) / this.seconds);
    if (this.place >= this.last && !this.loop) this.playing = false;
  }
}

/** The epochs of several runs on one clock. @param {number[][]} epochs of each run */
export function union(epochs) {
  return [...new Set(epochs.flat())].sort((a, b) => a - b);
}
