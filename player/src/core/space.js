/**
 * Three units in space, seen from a direction in parallel projection: the plane of what is seen, the box that all lies
 * in, and the plane by which the output divides it.
 *
 * A turn is two angles in degrees: how far the space is turned about the axis of the third unit, which stands upright,
 * and how far it is tilted towards the reader.
 */

/** @typedef {import("../types").Range} Range */
/** @typedef {import("../types").SpaceData} SpaceData */
/** @typedef {[number, number]} Turn */

export const SPACE = "space";
/** @type {Turn} */
export const START = [-35, 20];
const STEEPEST = 85; // degrees of tilt: beyond it right and left would change places

/** Whether a layer can be seen so. @param {SpaceData} space */
export const isSpace = ({ n_units }) => n_units === 3;

/** A turn after a drag by so many degrees. @param {Turn} turn @param {number} across @param {number} up @returns {Turn} */
export function turned([yaw, tilt], across, up) {
  const around = ((yaw + across + 540) % 360) - 180;
  return [
    Math.round(around * 10) / 10,
    Math.min(STEEPEST, Math.max(-STEEPEST, Math.round((tilt + up) * 10) / 10)),
  ];
}

/**
 * The directions to the right, upwards and away from the reader, of length 1 each.
 *
 * @param {Turn} turn
 * @returns {[number[], number[], number[]]}
 */
export function directions(turn) {
  const [yaw, tilt] = turn.map((angle) => (angle * Math.PI) / 180);
  const [cosY, sinY, cosT, sinT] = [Math.cos(yaw), Math.sin(yaw), Math.cos(tilt), Math.sin(tilt)];
  return [
    [cosY, sinY, 0],
    [-sinY * sinT, cosY * sinT, cosT],
    [-sinY * cosT, cosY * cosT, -sinT],
  ];
}

/**
 * The places of points in the order in which they are drawn, the farthest first.
 *
 * @param {Turn} turn
 * @param {Float32Array} beside the same points seen from the side: turned by 90° more, and not tilted
 */
export function farthestFirst([, tilt], beside) {
  const [cos, sin] = [Math.cos((tilt * Math.PI) / 180), Math.sin((tilt * Math.PI) / 180)];
  const depths = Float32Array.from(
    { length: beside.length / 2 },
    (_, i) => cos * beside[2 * i] - sin * beside[2 * i + 1],
  );
  return Uint32Array.from(depths.keys()).sort((a, b) => depths[b] - depths[a]);
}

/** The middle of the box of all activations. @param {Range[]} limits */
export const middleOf = (limits) => limits.map(([low, high]) => (low + high) / 2);

/**
 * The plane that is seen, with limits that hold the box from every side.
 *
 * @param {SpaceData} space
 * @param {Turn} turn
 * @returns {import("../types").LinearPlane}
 */
export function seenPlane({ unit_limits: limits }, turn) {
  const [right, up] = directions(turn);
  const reach = Math.hypot(...limits.map(([low, high]) => (high - low) / 2));
  const none = { en: "" };
  return {
    names: [none, none],
    centre: middleOf(limits),
    axes: [right, up],
    limits: [
      [-reach, reach],
      [-reach, reach],
    ],
    moving_limits: null,
  };
}

/** The eight corners of the box; the bits of their numbers say at which end of each unit they are. @param {Range[]} limits */
export function cornersOf(limits) {
  return Array.from({ length: 8 }, (_, corner) => limits.map((ends, unit) => ends[(corner >> unit) & 1]));
}

/** The twelve edges of a box, each with the unit that it runs along, by the numbers of their ends. */
export const EDGES = [0, 1, 2].flatMap((unit) =>
  Array.from({ length: 8 }, (_, corner) => corner)
    .filter((corner) => !((corner >> unit) & 1))
    .map((corner) => ({ unit, from: corner, to: corner | (1 << unit) })),
);

/**
 * The part of the plane w·x + b = 0 within a box: its corners in order, none where it passes by.
 *
 * @param {Range[]} limits
 * @param {ArrayLike<number>} w
 * @param {number} b
 * @returns {number[][]}
 */
export function planeInBox(limits, w, b) {
  const corners = cornersOf(limits);
  const values = corners.map((corner) => corner.reduce((sum, value, unit) => sum + w[unit] * value, b));
  const found = EDGES.flatMap(({ unit, from, to }) => {
    if (values[from] > 0 === values[to] > 0) return [];
    const share = values[from] / (values[from] - values[to]);
    return [corners[from].map((value, i) => (i === unit ? value + share * (corners[to][i] - value) : value))];
  });
  return ordered(found, w);
}

/** Points of a plane in the order of their angles around their middle. @param {number[][]} points @param {ArrayLike<number>} normal */
function ordered(points, normal) {
  if (points.length < 3) return [];
  const middle = [0, 1, 2].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
  const first = points[0].map((value, axis) => value - middle[axis]);
  const second = [0, 1, 2].map((axis) => {
    const [j, k] = [(axis + 1) % 3, (axis + 2) % 3];
    return normal[j] * first[k] - normal[k] * first[j];
  });
  const scale = Math.hypot(...first) / Math.hypot(...second);
  const angle = (/** @type {number[]} */ point) => {
    const [x, y] = [first, second].map((along) =>
      along.reduce((sum, value, axis) => sum + value * (point[axis] - middle[axis]), 0),
    );
    return Math.atan2(y * scale, x);
  };
  return points.sort((one, other) => angle(one) - angle(other));
}
