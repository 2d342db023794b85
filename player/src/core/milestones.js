/** The moments worth telling. */

/** @import { MilestoneData } from "../types" */

/**
 * The milestone to tell at an epoch: as `latest` of `replay/runs/milestones.py`, the one that began last, and what ends well
 * or badly stays.
 *
 * @param {MilestoneData[]} milestones @param {number} epoch
 */
export function latest(milestones, epoch) {
  const begun = milestones.filter(
    (each) => each.epoch <= epoch && (each.until === null || epoch <= each.until),
  );
  const rank = (/** @type {MilestoneData} */ each) => [
    Number(STAYING.includes(each.kind)),
    each.epoch,
    telling(each.kind),
  ];
  return begun.reduce(
    (/** @type {MilestoneData | null} */ best, each) =>
      best === null || above(rank(each), rank(best)) ? each : best,
    null,
  );
}

const STAYING = ["solved", "diverged"];
const TELLING = ["plateau", "steepest_fall", "saturated_unit", "dead_unit", "_right", "solved", "diverged"];

/** @param {string} kind */
const telling = (kind) => TELLING.findIndex((ending) => kind.endsWith(ending));

/** @param {number[]} one @param {number[]} other */
function above(one, other) {
  const place = one.findIndex((value, at) => value !== other[at]);
  return place >= 0 && one[place] > other[place];
}
