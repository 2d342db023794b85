/** The numbers by which samples go: their positions among all that were recorded. */

import { integers } from "./arrays.js";

/** @import { PageData } from "../types" */

export class SampleNumbers {
  /** @param {PageData} page @param {ArrayBuffer} buffer */
  constructor(page, buffer) {
    this.positions = page.samples.map(({ positions }) => positions && integers(buffer, positions));
  }

  /** The number of a sample of a set. @param {number} set @param {number} sample */
  of(set, sample) {
    return this.positions[set]?.[sample] ?? sample;
  }

  /** Which sample of a set has this number, −1 where it was left out. @param {number} set @param {number} number */
  find(set, number) {
    const positions = this.positions[set];
    return positions ? positions.indexOf(number) : number;
  }
}
