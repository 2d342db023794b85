import assert from "node:assert/strict";
import { test } from "node:test";
import {
  classNumber,
  classTitle,
  classWord,
  haveWords,
  metricTitle,
  namedTogether,
} from "../src/core/names.js";

/** @param {string[]} classes @param {"binary" | "multiclass"} kind */
function run(classes, kind = "multiclass") {
  return /** @type {any} */ ({ task: { kind }, names: { classes, short: classes, inputs: [] } });
}

test("a class is called by its name", () => {
  const named = run(["Adelie", "Gentoo"], "binary");
  assert.deepEqual(
    [classNumber(named, 1), classWord(named, 1), classTitle(named, 1)],
    ["Gentoo", "Gentoo", "Gentoo"],
  );
  assert.equal(classTitle(named, null), "All samples");
  assert.ok(haveWords(named));
});

test("without names there are numbers", () => {
  const plain = run([]);
  assert.deepEqual(
    [classNumber(plain, 2), classWord(plain, 2), classTitle(plain, 2)],
    ["2", "class 2", "Class 2"],
  );
  assert.deepEqual(
    [0, 1].map((label) => classTitle(run([], "binary"), label)),
    ["Negatives", "Positives"],
  );
});

test("a name that is a number needs a word, and one that is missing gives way to a number", () => {
  const some = run(["-1", "", "elm"], "binary");
  assert.deepEqual(
    [0, 1, 2].map((label) => classTitle(some, label)),
    ["Class -1", "Class 1", "elm"],
  );
  assert.ok(!haveWords(run(["-1", "1"])));
});

test("a metric of one class has its name", () => {
  const curves = ["f1_score_0", "f1_score_1", "auc", "auc_1"].map((name) => ({ name }));
  const named = { ...run(["ash", "elm"]), curves };
  assert.equal(metricTitle(named, "f1_score_1"), "F1 score of elm");
  assert.equal(metricTitle(named, "auc_1"), "Auc 1"); // the second that Keras made
  assert.equal(metricTitle({ ...run([]), curves }, "f1_score_1"), "F1 score 1");
});

test("runs that are shown together have names where they are the same", () => {
  const one = run(["a", "b"]);
  assert.equal(namedTogether([one, run(["a", "b"])]), one);
  assert.equal(classWord(namedTogether([one, run(["a", "c"])]), 1), "class 1");
});
