/** Where the nodes of a network's diagram stand in a box, as `replay/drawing/artists/diagram_places.py` has it. */

const [WIDTH, HEIGHT] = [0.46, 0.78]; // of the distance of two columns, and of two nodes in one, that a node takes
const APART = 1.6; // sides of a node between the middles of two, the most
const LARGEST = 150; // pixels
const MARGIN = 0.03; // of the height, above the highest and below the lowest node

/** A column of nodes: how large they are, and their middles from the top down. @typedef {{ side: number, x: number, y: number[] }} Places */

/**
 * @param {number[]} counts of places in each column
 * @param {{ left: number, top: number, width: number, height: number }} box
 * @returns {Places[]}
 */
export function placesOf(counts, { left, top, width, height }) {
  const across = (width / (counts.length - 1 + WIDTH)) * WIDTH;
  const room = height * (1 - 2 * MARGIN);
  const sides = counts.map((n) => Math.max(3, Math.min(across, (room / Math.max(n, 1)) * HEIGHT, LARGEST)));
  const [first, last] = [sides[0] / 2, sides[sides.length - 1] / 2];
  return counts.map((n, column) => {
    const side = sides[column];
    const step = Math.min(room / Math.max(n, 1), APART * side);
    const x = left + first + ((width - first - last) * column) / (counts.length - 1);
    const y = Array.from({ length: n }, (_, i) => top + height / 2 + step * (i - (n - 1) / 2));
    return { side, x, y };
  });
}
