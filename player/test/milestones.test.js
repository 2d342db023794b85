import assert from "node:assert/strict";
import test from "node:test";
import { latest } from "../src/core/milestones.js";

const at = (
  /** @type {number} */ epoch,
  /** @type {string} */ kind,
  /** @type {number | null} */ until = null,
) => ({ epoch, kind, text: kind, until });

test("before the first milestone there is none to tell", () => {
  assert.equal(latest([at(5, "solved")], 4), null);
});

test("the milestone that began last is told", () => {
  const found = latest([at(2, "negatives_right"), at(5, "positives_right")], 6);
  assert.equal(found?.kind, "positives_right");
});

test("what is solved stays told, unless the training diverges", () => {
  const milestones = [at(3, "solved"), at(5, "plateau"), at(7, "diverged")];
  assert.equal(latest(milestones, 6)?.kind, "solved");
  assert.equal(latest(milestones, 7)?.kind, "diverged");
});

test("a plateau is told until it ends", () => {
  const milestones = [at(1, "steepest_fall"), at(2, "plateau", 4)];
  assert.equal(latest(milestones, 4)?.kind, "plateau");
  assert.equal(latest(milestones, 5)?.kind, "steepest_fall");
});

test("of several that begin at once the most telling is told", () => {
  assert.equal(
    latest([at(2, "class_3_right"), at(2, "plateau"), at(2, "dead_unit")], 2)?.kind,
    "class_3_right",
  );
});
