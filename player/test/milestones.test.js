import assert from "node:assert/strict";
import test from "node:test";
import { latest } from "../src/core/milestones.js";

const at = (
  /** @type {number} */ epoch,
  /** @type {[number, number]} */ importance,
  /** @type {number | null} */ until = null,
) => ({ epoch, kind: "any", text: { en: "" }, caption: { en: "" }, importance, until });

test("before the first milestone there is none to tell", () => {
  assert.equal(latest([at(5, [0, 0])], 4), null);
});

test("of one group the milestone that began last is told", () => {
  const [early, late] = [at(2, [1, 3]), at(5, [1, 0])];
  assert.equal(latest([early, late], 4), early);
  assert.equal(latest([late, early], 6), late);
});

test("a more important group stays told", () => {
  const [news, solved, failure] = [at(5, [0, 4]), at(3, [3, 0]), at(7, [8, 0])];
  assert.equal(latest([solved, news, failure], 6), solved);
  assert.equal(latest([solved, news, failure], 7), failure);
});

test("what lasts for a while is told until it ends", () => {
  const [news, plateau] = [at(1, [0, 4]), at(2, [2, 0], 4)];
  assert.equal(latest([news, plateau], 4), plateau);
  assert.equal(latest([news, plateau], 5), news);
});

test("of several of a group that begin at once the most important is told", () => {
  const [less, more] = [at(2, [1, 0]), at(2, [1, 1])];
  assert.equal(latest([more, less], 2), more);
  assert.equal(latest([less, more], 2), more);
});
