/**
 * One layer from the plane to the plane, taken apart: stretch, rotation, shift, activation.
 *
 * Points are row vectors: z = x·W + b, and W = P·R with P symmetric and R a rotation. In two dimensions
 * R has the angle atan2(W₁₂ − W₂₁, W₁₁ + W₂₂), and P = W·Rᵀ (polar decomposition: Higham 1986, "Computing
 * the Polar Decomposition", and its closed form for 2 × 2). The trace of P is then not negative. So where W
 * mirrors the plane (det W < 0), R stays a rotation and P turns the axis of the smaller singular value round:
 * the gentlest way there is.
 *
 * @typedef {import("./layers.js").Weights} Weights
 * @typedef {import("./network.js").Network} Network
 * @typedef {[number, number, number, number]} Matrix row by row
 */

import { isLinear } from "./network.js";

const NOT_AFFINE = ["LayerNormalization"];
export const AFFINE_STAGES = ["stretch", "rotate", "shift"];

/**
 * The layer at `position`, of two inputs and two units; null where its z is no affine map, or is not finite.
 *
 * @param {Network} network
 * @param {number} position
 * @param {Weights[]} weights
 * @param {number[]} inputShape of one sample, as it enters the layer
 * @returns {import("../model").Morph | null}
 */
export function morphOf(network, position, weights, inputShape) {
  const layer = network.layers[position];
  if (NOT_AFFINE.includes(layer.class_name)) {
    return null;
  }
  /** @param {Float32Array} points */
  const z = (points) =>
    network.preActivation(position, weights, { data: points, shape: [points.length / 2, ...inputShape] });
  const [b0, b1, u0, u1, v0, v1] = z(Float32Array.of(0, 0, 1, 0, 0, 1)).data;
  const affine = { ...polar([u0 - b0, u1 - b1, v0 - b0, v1 - b1]), shift: [b0, b1] };
  if (![...affine.stretch, affine.angle, b0, b1].every(Number.isFinite)) {
    return null;
  }
  const stages = isLinear(layer) ? AFFINE_STAGES : [...AFFINE_STAGES, layer.activation ?? "prelu"];
  return {
    stages,
    move(points, mark) {
      if (mark < AFFINE_STAGES.length) {
        return moved(points, affine, mark);
      }
      const before = z(points);
      const after = network.activation(position, weights, before);
      return blended(before.data, after.data, Math.min(mark, stages.length) - AFFINE_STAGES.length);
    },
  };
}

/**
 * W as a symmetric stretch and the angle of a rotation, within ±π.
 *
 * @param {Matrix} w
 * @returns {{ stretch: Matrix, angle: number }}
 */
export function polar([a, b, c, d]) {
  const angle = Math.atan2(b - c, a + d);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { stretch: [a * cos + b * sin, b * cos - a * sin, c * cos + d * sin, d * cos - c * sin], angle };
}

/**
 * x·(I → P)·(R of 0 → angle) + (0 → b), one after the other.
 *
 * @param {Float32Array} points
 * @param {{ stretch: Matrix, angle: number, shift: number[] }} affine
 * @param {number} mark
 * @returns {Float32Array}
 */
function moved(points, { stretch, angle, shift }, mark) {
  const [stretched, rotated, shifted] = [0, 1, 2].map((stage) => Math.min(Math.max(mark - stage, 0), 1));
  const [p00, p01, p10, p11] = stretch.map((value, i) => value * stretched + (i % 3 ? 0 : 1 - stretched));
  const [cos, sin] = [Math.cos(angle * rotated), Math.sin(angle * rotated)];
  const result = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i] * p00 + points[i + 1] * p10;
    const y = points[i] * p01 + points[i + 1] * p11;
    result[i] = x * cos - y * sin + shifted * shift[0];
    result[i + 1] = x * sin + y * cos + shifted * shift[1];
  }
  return result;
}

/**
 * @param {Float32Array} from
 * @param {Float32Array} to
 * @param {number} share
 * @returns {Float32Array}
 */
function blended(from, to, share) {
  if (share === 0 || share === 1) {
    return (share ? to : from).slice(); // the layer's own values, the infinite ones too
  }
  return from.map((value, i) => value * (1 - share) + to[i] * share);
}
