/** Counts by bin, with the misclassified samples kept apart: as `replay/views/shared/histogram.py` has it. */

/**
 * The bin of each value; the number of bins for what is not finite.
 *
 * A bin holds its lower edge; what lies outside belongs to the nearest bin.
 *
 * @param {Float32Array} values
 * @param {readonly number[]} edges increasing
 * @param {boolean} log whether bins are of equal ratio, not of equal width
 * @returns {Int32Array}
 */
export function positions(values, edges, log) {
  const nBins = edges.length - 1;
  const scaled = log ? Math.log10 : (/** @type {number} */ value) => value;
  const low = scaled(edges[0]);
  const width = scaled(edges[nBins]) - low;
  const bins = new Int32Array(values.length);
  for (let i = 0; i < bins.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) {
      bins[i] = nBins;
      continue;
    }
    const inside = Math.min(Math.max(value, edges[0]), edges[nBins]);
    const bin = Math.min(Math.floor(((scaled(inside) - low) / width) * nBins), nBins - 1);
    // Rounding may have put a value that is close to an edge on the edge's other side.
    const tooHigh = bin > 0 && value < edges[bin];
    const tooLow = bin < nBins - 1 && value >= edges[bin + 1];
    bins[i] = bin - Number(tooHigh) + Number(tooLow);
  }
  return bins;
}

/**
 * Count samples by bin; `missing` are those without a finite value.
 *
 * @param {Int32Array} bins of `positions`
 * @param {Uint8Array | null} correct null where all count as right, without classes
 * @param {ArrayLike<number> | null} members the samples to count, null for all
 * @param {number} nBins
 * @returns {{ right: Int32Array, wrong: Int32Array, missing: number }}
 */
export function count(bins, correct, members, nBins) {
  const right = new Int32Array(nBins);
  const wrong = new Int32Array(nBins);
  let missing = 0;
  const n = members ? members.length : bins.length;
  for (let i = 0; i < n; i++) {
    const sample = members ? members[i] : i;
    const bin = bins[sample];
    if (bin === nBins) {
      missing++;
    } else if (!correct || correct[sample]) {
      right[bin]++;
    } else {
      wrong[bin]++;
    }
  }
  return { right, wrong, missing };
}
