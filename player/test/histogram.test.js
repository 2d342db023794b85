import assert from "node:assert/strict";
import test from "node:test";

import { count, positions } from "../src/core/histogram.js";
import { oracle, values, whole } from "./oracle.js";

for (const { log, edges, values: data, correct, members, positions: bins, ...counts } of oracle.histograms) {
  test(`${log ? "logarithmic" : "linear"} bins from ${edges[1]} on and their counts are NumPy's`, () => {
    const found = positions(values(data), edges, log);
    assert.deepEqual(Array.from(found), whole(bins));
    const counted = count(found, Uint8Array.from(whole(correct)), whole(members), edges.length - 1);
    assert.deepEqual(
      { right: [...counted.right], wrong: [...counted.wrong], missing: counted.missing },
      counts,
    );
  });
}

test("without classes all samples count as right", () => {
  const bins = positions(Float32Array.of(0.1, 0.6, NaN), [0, 0.5, 1], false);
  const { right, wrong, missing } = count(bins, null, null, 2);
  assert.deepEqual([[...right], [...wrong], missing], [[1, 1], [0, 0], 1]);
});
