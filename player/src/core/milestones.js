/** The moments worth telling. */

/** @import { MilestoneData } from "../types" */

/**
 * The milestone to tell at an epoch, as `latest` of `replay/runs/milestone.py`: of those that last, one of the most
 * important group and, in it, the latest.
 *
 * @param {MilestoneData[]} milestones @param {number} epoch
 */
export function latest(milestones, epoch) {
  const begun = milestones.filter(
    (each) => each.epoch <= epoch && (each.until === null || epoch <= each.until),
  );
  return begun.reduce(
    (/** @type {MilestoneData | null} */ best, each) =>
      best === null || above(rank(each), rank(best)) ? each : best,
    null,
  );
}

/** @param {MilestoneData} milestone */
const rank = ({ epoch, importance: [group, place] }) => [group, epoch, place];

/** @param {number[]} one @param {number[]} other */
function above(one, other) {
  const place = one.findIndex((value, at) => value !== other[at]);
  return place >= 0 && one[place] > other[place];
}
