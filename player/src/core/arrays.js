/**
 * The arrays that a page carries, one behind the other, little-endian.
 *
 * Values are taken as the bytes stand: every machine with a browser is little-endian today.
 *
 * @typedef {import("../types").ArrayRef} ArrayRef
 */

import { inflated } from "./inflate.js";

const TYPES = { float32: Float32Array, int32: Int32Array, uint16: Uint16Array, uint8: Uint8Array };
const LAST_CODE = { uint8: 255, uint16: 65535 };

/**
 * The page's data and the bytes of all its arrays, from the two words of base64 that it carries.
 *
 * @param {string} text
 * @returns {Promise<{ page: import("../types").PageData, buffer: ArrayBuffer }>}
 */
export async function unpack(text) {
  const [data, arrays] = text.split(" ").map(inflated);
  const [page, buffer] = await Promise.all([data.json(), arrays.arrayBuffer()]);
  return { page, buffer };
}

/**
 * An array as it is carried, codes of quantised ones; a view of the buffer, without a copy.
 *
 * @param {ArrayBuffer} buffer
 * @param {ArrayRef} ref
 */
export function array(buffer, ref) {
  return { data: new TYPES[ref.dtype](buffer, ref.at, sizeOf(ref.shape)), shape: ref.shape };
}

/**
 * A whole array as numbers.
 *
 * @param {ArrayBuffer} buffer
 * @param {ArrayRef} ref
 * @returns {Float32Array}
 */
export function floats(buffer, ref) {
  return decoded(array(buffer, ref).data, ref);
}

/**
 * A whole array as whole numbers.
 *
 * @param {ArrayBuffer} buffer
 * @param {ArrayRef} ref
 * @returns {Int32Array}
 */
export function integers(buffer, ref) {
  const { data } = array(buffer, ref);
  return data instanceof Int32Array ? data : Int32Array.from(data);
}

/**
 * One snapshot of an array (s, …) as numbers: a view where it is carried as float32, else a new array.
 *
 * @param {ArrayBuffer} buffer
 * @param {ArrayRef} ref
 * @param {number} snapshot
 * @returns {Float32Array}
 */
export function slice(buffer, ref, snapshot) {
  return decoded(codes(buffer, ref, snapshot), ref);
}

/**
 * One snapshot of an array (s, …) as it is carried: a view.
 *
 * @param {ArrayBuffer} buffer
 * @param {ArrayRef} ref
 * @param {number} snapshot
 */
export function codes(buffer, ref, snapshot) {
  const size = sizeOf(ref.shape.slice(1));
  return array(buffer, ref).data.subarray(snapshot * size, (snapshot + 1) * size);
}

/**
 * How many values an array of this shape has.
 *
 * @param {readonly number[]} shape
 */
export function sizeOf(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * Codes or numbers as numbers.
 *
 * @param {Float32Array | Int32Array | Uint16Array | Uint8Array} data
 * @param {ArrayRef} ref
 * @returns {Float32Array}
 */
export function decoded(data, ref) {
  if (data instanceof Float32Array) {
    return data;
  }
  if (!ref.quantised || ref.dtype === "float32" || ref.dtype === "int32") {
    return Float32Array.from(data);
  }
  const { low, high, log } = ref.quantised;
  const last = LAST_CODE[ref.dtype];
  const step = (high - low) / (last - 1);
  const values = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = low + step * data[i];
    values[i] = data[i] === last ? NaN : log ? Math.exp(value) : value;
  }
  return values;
}
