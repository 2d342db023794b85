import assert from "node:assert/strict";
import test from "node:test";

import { losses } from "../src/core/losses.js";
import { near, oracle, tensor, values } from "./oracle.js";

for (const { loss, targets, outputs, logits, losses: expected } of oracle.losses) {
  test(`${JSON.stringify(loss)} of ${logits ? "logits" : "outputs"} ${outputs.shape} is NumPy's`, () => {
    const found = losses(loss, values(targets), tensor(outputs), logits && tensor(logits));
    near(found ?? [], values(expected), loss.name);
  });
}

test("a loss that outputs and targets do not give is none", () => {
  const outputs = { data: new Float32Array(2), shape: [2, 1] };
  assert.equal(losses({ name: "hinge" }, new Float32Array(2), outputs, null), null);
  assert.equal(losses(null, new Float32Array(2), outputs, null), null);
});
