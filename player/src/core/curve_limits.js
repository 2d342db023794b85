/** How far the axis of a logged quantity reaches: as in `replay/drawing/panels/curves.py` and `run_curves.py`. */

const SHARES = ["acc", "accuracy", "precision", "recall", "auc", "f1", "top_k"];
const FLOORS = [0.9, 0.8, 0.5]; // where the axis of a share may start

/**
 * Limits around finite values: a loss from 0, a share up to 1. Of several runs the axis of a share begins at its
 * lowest value, so that those that are close to 1 can be told apart.
 *
 * @param {string} name of the quantity
 * @param {number[]} values
 * @param {boolean} several runs
 * @returns {[number, number]}
 */
export function curveLimits(name, values, several) {
  if (!values.length) return [0, 1];
  const [lowest, highest] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
  if (SHARES.some((part) => name.includes(part)) && lowest >= 0 && highest <= 1) {
    if (several && lowest < 1) return [lowest - 0.06 * (1 - lowest), 1 + 0.06 * (1 - lowest)];
    const floor = FLOORS.find((each) => lowest >= each) ?? lowest;
    return [floor - 0.04 * (1 - floor), 1 + 0.04 * (1 - floor)];
  }
  const low = Math.min(0, lowest);
  const high = Math.max(highest, low + Math.max(1e-6, 1e-9 * Math.abs(low)));
  return [low, high + (high - low) * 0.06];
}
