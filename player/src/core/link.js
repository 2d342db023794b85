/** The state of the page as the part of a link behind its #, and back. */

/**
 * What a link can carry; all of it may be left out.
 *
 * @typedef {{
 *   epoch?: number,
 *   run?: string[],
 *   view?: string,
 *   space?: string,
 *   units?: [number, number] | import("../types").LinearName | "space",
 *   turn?: [number, number],
 *   morph?: number,
 *   probe?: [number, number][],
 *   sample?: number[],
 *   heldOutSample?: number[],
 *   heldOut?: boolean,
 *   quantity?: string,
 *   unit?: string,
 *   without?: string[],
 *   unitLines?: boolean,
 * }} LinkState
 */

const round = (/** @type {number} */ value) => String(Number(value.toPrecision(6)));

/** @param {LinkState} state */
export function toLink(state) {
  /** @type {[string, string][]} */
  const parts = [];
  if (state.epoch !== undefined) parts.push(["epoch", round(state.epoch)]);
  for (const run of state.run ?? []) parts.push(["run", run]);
  if (state.view) parts.push(["view", state.view]);
  if (state.space) parts.push(["space", state.space]);
  if (state.units) parts.push(["units", Array.isArray(state.units) ? state.units.join(",") : state.units]);
  if (state.turn) parts.push(["turn", state.turn.map(round).join(",")]);
  if (state.morph !== undefined) parts.push(["morph", round(state.morph)]);
  for (const at of state.probe ?? []) parts.push(["probe", at.map(round).join(",")]);
  for (const sample of state.sample ?? []) parts.push(["sample", String(sample)]);
  for (const sample of state.heldOutSample ?? []) parts.push(["held-out-sample", String(sample)]);
  if (state.heldOut === false) parts.push(["held-out", "no"]);
  if (state.quantity) parts.push(["quantity", state.quantity]);
  if (state.unit) parts.push(["unit", state.unit]);
  for (const units of state.without ?? []) parts.push(["without", units]);
  if (state.unitLines !== undefined) parts.push(["unit-lines", state.unitLines ? "yes" : "no"]);
  // A comma and a colon need no escape here, and read better without.
  return `#${new URLSearchParams(parts).toString().replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
}

/** Read a link; what is no such state is passed over. @param {string} hash @returns {LinkState} */
export function fromLink(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  /** @type {LinkState} */
  const state = {};
  const epoch = number(given.get("epoch"));
  if (epoch !== null) state.epoch = epoch;
  const runs = given.getAll("run").filter(Boolean);
  if (runs.length) state.run = runs;
  state.view = given.get("view") ?? undefined;
  state.space = given.get("space") ?? undefined;
  const units = given.get("units");
  const pair = units === null ? null : numbers(units, 2);
  if (units === "pca" || units === "readout" || units === "space") state.units = units;
  else if (pair && pair.every(Number.isInteger)) state.units = [pair[0], pair[1]];
  const turn = given.get("turn");
  const angles = turn === null ? null : numbers(turn, 2);
  if (angles) state.turn = [angles[0], angles[1]];
  const morph = number(given.get("morph"));
  if (morph !== null) state.morph = morph;
  const probes = given.getAll("probe").map((text) => numbers(text, 2));
  const found = probes.filter((probe) => probe !== null);
  if (found.length) state.probe = found.map(([x, y]) => [x, y]);
  const samples = wholeNumbers(given.getAll("sample"));
  if (samples.length) state.sample = samples;
  const heldOut = wholeNumbers(given.getAll("held-out-sample"));
  if (heldOut.length) state.heldOutSample = heldOut;
  if (given.get("held-out") === "no") state.heldOut = false;
  for (const name of /** @type {const} */ (["quantity", "unit"])) {
    const text = given.get(name);
    if (text) state[name] = text;
  }
  const without = given.getAll("without").filter(Boolean);
  if (without.length) state.without = without;
  const lines = given.get("unit-lines");
  if (lines === "yes" || lines === "no") state.unitLines = lines === "yes";
  return state;
}

/** Those that are whole and no less than 0. @param {string[]} texts @returns {number[]} */
function wholeNumbers(texts) {
  const values = texts.map(number).filter((value) => value !== null);
  return values.filter((value) => Number.isInteger(value) && value >= 0);
}

/** @param {string | null} text */
function number(text) {
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** @param {string} text @param {number} count */
function numbers(text, count) {
  const values = text.split(",").map(number);
  if (values.length !== count || values.includes(null)) return null;
  return /** @type {number[]} */ (values);
}
