import assert from "node:assert/strict";
import test from "node:test";
import { fromLink, toLink } from "../src/core/link.js";

test("a link says the moment and the run", () => {
  assert.equal(toLink({ epoch: 65, run: ["tanh"] }), "#epoch=65&run=tanh");
});

test("what a link says is read back as it was", () => {
  const state = {
    epoch: 12.5,
    run: ["tanh", 'a&b=c "<script>" عربي'],
    view: "losses",
    space: "hidden_2",
    units: /** @type {[number, number]} */ ([3, 7]),
    morph: 1.25,
    probe: /** @type {[number, number][]} */ ([
      [-0.5, 0.25],
      [1, 2],
    ]),
    sample: [0, 41],
    heldOutSample: [3],
    heldOut: false,
    quantity: "changes",
    unit: "hidden:2",
    without: ["a b/hidden:2,5", "second:1"],
    unitLines: true,
  };
  assert.deepEqual(fromLink(toLink(state)), state);
});

test("units that are taken away read as on the command line", () => {
  assert.equal(toLink({ without: ["hidden:2,5"] }), "#without=hidden:2,5");
});

test("without a word on the lines of units, they are as the page has them", () => {
  assert.equal(toLink({ epoch: 1, unitLines: false }), "#epoch=1&unit-lines=no");
  assert.equal("unitLines" in fromLink("#epoch=1&unit-lines=perhaps"), false);
});

test("a space is seen from where the link says", () => {
  const state = {
    units: /** @type {const} */ ("space"),
    turn: /** @type {[number, number]} */ ([-35.5, 20]),
  };
  assert.equal(toLink(state), "#units=space&turn=-35.5,20");
  const { units, turn } = fromLink(toLink(state));
  assert.deepEqual({ units, turn }, state);
  assert.equal(fromLink("#turn=1").turn, undefined);
});

test("principal components are units, too", () => {
  assert.equal(fromLink("#units=pca").units, "pca");
});

for (const hash of [
  "",
  "#",
  "#epoch=",
  "#epoch=abc",
  "#epoch=1e999",
  "#units=1",
  "#units=1,x",
  "#probe=1,2,3",
  "#sample=-1",
  "#sample=1.5",
]) {
  test(`what is no state is passed over: ${hash}`, () => {
    assert.deepEqual(JSON.parse(JSON.stringify(fromLink(hash))), {});
  });
}
