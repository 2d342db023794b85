/** A cross that the arrow keys move: a pointer for those who use the keyboard. */

/**
 * Where a key moves the cross, which begins in the middle; null where the key is no arrow.
 *
 * @param {KeyboardEvent} event @param {[number, number] | null} cross @param {{ width: number, height: number }} inner
 * @returns {[number, number] | null}
 */
export function movedCross(event, cross, { width, height }) {
  const step = event.shiftKey ? 40 : 8; // pixels
  const move = /** @type {Record<string, [number, number]>} */ ({
    ArrowLeft: [-step, 0],
    ArrowRight: [step, 0],
    ArrowUp: [0, -step],
    ArrowDown: [0, step],
  })[event.key];
  if (!move || event.ctrlKey || event.metaKey || event.altKey) return null;
  const [x, y] = cross ?? [width / 2, height / 2];
  return [Math.min(width, Math.max(0, x + move[0])), Math.min(height, Math.max(0, y + move[1]))];
}
