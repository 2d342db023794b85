/** Samples beyond the limits of a plane: where their arrows stand. */

/**
 * Where the arrow of a sample at (x, y), in pixels, has its tip, and the angle at which it points outwards; null of
 * a sample inside, or nowhere.
 *
 * @param {number} x @param {number} y @param {number} width @param {number} height
 * @returns {{ at: [number, number], angle: number } | null}
 */
export function outlier(x, y, width, height) {
  if (Number.isNaN(x) || Number.isNaN(y)) return null;
  const [left, top] = [Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y))];
  const [across, down] = [x - left, y - top];
  if (across === 0 && down === 0) return null;
  /** @type {[number, number]} */
  const at = [left, top];
  if (Math.abs(across) >= Math.abs(down)) return { at, angle: across > 0 ? 0 : Math.PI };
  return { at, angle: down > 0 ? Math.PI / 2 : -Math.PI / 2 };
}
