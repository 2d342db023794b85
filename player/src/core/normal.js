/**
 * The distribution function Φ of the normal distribution, to 8 digits or more: all that float32 holds.
 *
 * Hart et al. 1968, "Computer Approximations", algorithm 5666, as West 2005, "Better approximations to
 * cumulative normal functions", gives it.
 */

const NUMERATOR = [
  3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
  221.213596169931, 220.206867912376,
];
const DENOMINATOR = [
  8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
  637.333633378831, 793.826512519948, 440.413735824752,
];
const FAR = 7.07106781186547;

/**
 * @param {number} z
 * @returns {number}
 */
export function normalCdf(z) {
  const x = Math.abs(z);
  const power = Math.exp((-x * x) / 2);
  const tail = x < FAR ? (power * horner(NUMERATOR, x)) / horner(DENOMINATOR, x) : farTail(x, power);
  return z > 0 ? 1 - tail : tail;
}

/**
 * @param {readonly number[]} coefficients
 * @param {number} x
 */
function horner(coefficients, x) {
  let sum = 0;
  for (const coefficient of coefficients) {
    sum = sum * x + coefficient;
  }
  return sum;
}

/**
 * @param {number} x
 * @param {number} power e^(−x²/2)
 */
function farTail(x, power) {
  const fraction = x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65))));
  return power / fraction / Math.sqrt(2 * Math.PI);
}
