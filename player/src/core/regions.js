/**
 * Where a plane belongs to which class, and the boundary between classes.
 *
 * Each class has a score at every point of a mesh: a logit, or what else its answer follows from. The mesh is cut
 * into triangles, in each of which scores are taken to be linear. Where the largest two tie, they do so on straight
 * lines, which end where a third one ties with them. So the boundary is exact where a network goes on linearly, and
 * lines of three classes meet. Elsewhere its points are refined with the network's own scores.
 */

/** @typedef {import("../types").Range} Range */
/** @typedef {import("../model").Regions} Regions */

/**
 * Scores (n, n_classes) of points (2n,) in the plane's coordinates.
 *
 * @typedef {(points: Float32Array) => Float32Array} ScoresOf
 */

/**
 * A point of the boundary where two classes tie on an edge of the mesh, `share` of the way between two of its
 * points; or, with an edge null, where three tie within a triangle. Coordinates are steps of the mesh.
 *
 * @typedef {{ key: number, x: number, y: number, edge: [number, number] | null }} Tie
 */

/** @typedef {{ first: number, second: number, ends: [Tie, Tie] }} Segment of the border between two classes */

const REFINEMENTS = 4;
const MOST_CONTENDERS = 12; // classes looked at in one triangle, where many are nearly alike

/**
 * Divide a plane by the probabilities and scores (size · size, n_classes) on a mesh over it.
 *
 * @param {[Range, Range]} limits
 * @param {number} size
 * @param {Float32Array} probabilities
 * @param {number} nClasses
 * @param {Float32Array} [scores] whose order is that of the probabilities, which saturate
 * @param {ScoresOf | null} [scoresOf] what points are refined by
 * @returns {Regions}
 */
export function divide(limits, size, probabilities, nClasses, scores = probabilities, scoresOf = null) {
  const boundary = boundaryLines(limits, size, scores, nClasses, scoresOf);
  return { ...answered(limits, size, probabilities, nClasses), boundary };
}

/**
 * The class that is answered at each point of a mesh, and its probability, without the boundary.
 *
 * @param {[Range, Range]} limits
 * @param {number} size
 * @param {Float32Array} probabilities (size · size, n_classes)
 * @param {number} nClasses
 * @returns {Omit<Regions, "boundary">}
 */
export function answered(limits, size, probabilities, nClasses) {
  const n = size * size;
  const likeliest = new Uint16Array(n);
  const highest = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    let best = 0;
    for (let label = 1; label < nClasses; label++) {
      best = probabilities[i * nClasses + label] > probabilities[i * nClasses + best] ? label : best;
    }
    likeliest[i] = best;
    highest[i] = probabilities[i * nClasses + best];
  }
  return { limits, size, likeliest, highest, nClasses };
}

/**
 * The lines along which the two classes with the largest scores tie; none where a score is not finite.
 *
 * @param {[Range, Range]} limits
 * @param {number} size
 * @param {Float32Array} scores (size · size, n_classes)
 * @param {number} nClasses
 * @param {ScoresOf | null} [scoresOf]
 * @returns {Float32Array[]}
 */
export function boundaryLines(limits, size, scores, nClasses, scoresOf = null) {
  if (!scores.every(Number.isFinite)) return [];
  const mesh = { size, scores, nClasses, best: leaders(size, scores, nClasses) };
  const segments = segmentsOf(mesh);
  if (scoresOf) refine(segments, mesh, (ties) => scoresOf(placed(ties, limits, size)));
  return chained(segments).map((line) => placed(line, limits, size));
}

/** @typedef {{ size: number, scores: Float32Array, nClasses: number, best: Uint16Array }} Mesh */

/** @param {Mesh} mesh @returns {Segment[]} */
function segmentsOf(mesh) {
  const { size, best } = mesh;
  /** @type {Segment[]} */
  const segments = [];
  for (let row = 0; row + 1 < size; row++) {
    for (let column = 0; column + 1 < size; column++) {
      const at = row * size + column;
      const across = at + size + 1;
      for (const beside of [at + 1, at + size]) {
        if (best[at] === best[beside] && best[at] === best[across]) continue; // linear: it leads all over
        addTriangle([at, beside, across], mesh, segments);
      }
    }
  }
  return segments;
}

/**
 * The class with the largest score of each point, the first of several.
 *
 * @param {number} size @param {Float32Array} scores @param {number} k
 */
function leaders(size, scores, k) {
  const best = new Uint16Array(size * size);
  for (let i = 0; i < best.length; i++) {
    for (let label = 1; label < k; label++)
      if (scores[i * k + label] > scores[i * k + best[i]]) best[i] = label;
  }
  return best;
}

/**
 * The segments in a triangle of the mesh.
 *
 * @param {[number, number, number]} corners
 * @param {Mesh} mesh
 * @param {Segment[]} segments is added to
 */
function addTriangle(corners, mesh, segments) {
  const { scores, nClasses: k } = mesh;
  const classes = contenders(corners, mesh);
  for (const first of classes) {
    for (const second of classes) {
      if (second <= first) continue;
      const ahead = corners.map((at) => scores[at * k + first] - scores[at * k + second]);
      const ends = [
        [0, 1],
        [1, 2],
        [0, 2],
      ].flatMap(([a, b]) =>
        ahead[a] >= 0 === ahead[b] >= 0
          ? []
          : [tieOn([corners[a], corners[b]], ahead[a] / (ahead[a] - ahead[b]), first * k + second, mesh)],
      );
      if (ends.length !== 2) continue;
      const [from, to] = ends;
      const part = led(from, to, classes, first, second, corners, mesh);
      if (part) segments.push({ first, second, ends: part });
    }
  }
}

/**
 * The classes that may lead somewhere in a triangle: those that are not everywhere behind one of the others.
 *
 * @param {number[]} corners
 * @param {Mesh} mesh
 */
function contenders(corners, { scores, nClasses: k }) {
  const [a, b, c] = corners.map((at) => at * k);
  let floor = -Infinity;
  for (let label = 0; label < k; label++) {
    floor = Math.max(floor, Math.min(scores[a + label], scores[b + label], scores[c + label]));
  }
  const highest = (/** @type {number} */ label) =>
    Math.max(scores[a + label], scores[b + label], scores[c + label]);
  const found = [];
  for (let label = 0; label < k; label++) {
    if (highest(label) >= floor) found.push(label);
  }
  if (found.length <= MOST_CONTENDERS) return found;
  const first = found.sort((one, other) => highest(other) - highest(one)).slice(0, MOST_CONTENDERS);
  return first.sort((one, other) => one - other);
}

/**
 * @param {[number, number]} edge @param {number} share @param {number} pair @param {Mesh} mesh
 * @returns {Tie & { scoresAt: (label: number) => number }}
 */
function tieOn([from, to], share, pair, { size, scores, nClasses: k }) {
  const [low, high] = from < to ? [from, to] : [to, from];
  const t = from < to ? share : 1 - share;
  const side = high - low === 1 ? 0 : high - low === size ? 1 : 2;
  return {
    key: (low * 3 + side) * k * k + pair,
    ...between(low, high, t, size),
    edge: [low, high],
    scoresAt: (label) => scores[low * k + label] * (1 - t) + scores[high * k + label] * t,
  };
}

/** @param {number} low @param {number} high @param {number} share @param {number} size */
function between(low, high, share, size) {
  const [x, y] = [low % size, Math.floor(low / size)];
  return { x: x + share * ((high % size) - x), y: y + share * (Math.floor(high / size) - y) };
}

/**
 * The part of a line on which two classes tie and no third one leads; null where there is none.
 *
 * @param {ReturnType<typeof tieOn>} from @param {ReturnType<typeof tieOn>} to
 * @param {number[]} classes @param {number} first @param {number} second
 * @param {number[]} corners @param {Mesh} mesh
 * @returns {[Tie, Tie] | null}
 */
function led(from, to, classes, first, second, corners, { nClasses: k }) {
  let [start, end] = [0, 1];
  let [before, after] = [-1, -1]; // the third classes that end it
  for (const third of classes) {
    if (third === first || third === second) continue;
    const a = from.scoresAt(first) - from.scoresAt(third);
    const b = to.scoresAt(first) - to.scoresAt(third);
    if (a < 0 && b < 0) return null;
    if (a < 0 === b < 0) continue;
    const share = a / (a - b);
    if (a < 0 && share > start) [start, before] = [share, third];
    if (b < 0 && share < end) [end, after] = [share, third];
  }
  if (start >= end) return null;
  const tie = (/** @type {number} */ share, /** @type {number} */ third) => {
    const [i, j, l] = [first, second, third].sort((a, b) => a - b);
    const key = -1 - (((corners[0] * 2 + Number(corners[1] - corners[0] > 1)) * k + i) * k + j) * k - l;
    return { key, x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y), edge: null };
  };
  return [before < 0 ? from : tie(start, before), after < 0 ? to : tie(end, after)];
}

/**
 * Move ties along their edges to where the network's own scores tie, by the Illinois method (Dowell and Jarratt 1971).
 *
 * @param {Segment[]} segments
 * @param {Mesh} mesh
 * @param {(ties: Tie[]) => Float32Array} scoresAt
 */
function refine(segments, { size, scores, nClasses: k }, scoresAt) {
  /** @type {Map<number, { ties: Tie[], first: number, second: number, ends: [number, number], ahead: [number, number],
   *   last: number }>} */
  const found = new Map();
  for (const { first, second, ends } of segments) {
    for (const tie of ends) {
      if (!tie.edge) continue;
      const known = found.get(tie.key);
      if (known) {
        known.ties.push(tie);
        continue;
      }
      const [a, b] = tie.edge.map((at) => scores[at * k + first] - scores[at * k + second]);
      found.set(tie.key, { ties: [tie], first, second, ends: [0, 1], ahead: [a, b], last: -1 });
    }
  }
  const all = [...found.values()];
  for (let round = 0; round < REFINEMENTS && all.length; round++) {
    const own = scoresAt(all.map(({ ties }) => ties[0]));
    all.forEach((one, i) => {
      const { ties, first, second, ends, ahead } = one;
      const now = own[i * k + first] - own[i * k + second];
      if (!Number.isFinite(now)) return;
      const here = ends[0] + (ends[1] - ends[0]) * (ahead[0] / (ahead[0] - ahead[1]));
      const side = now >= 0 === ahead[0] >= 0 ? 0 : 1;
      ends[side] = here;
      ahead[side] = now;
      if (one.last === side) ahead[1 - side] /= 2; // an end that stays counts less
      one.last = side;
      if (ahead[0] === ahead[1]) return;
      const share = ends[0] + (ends[1] - ends[0]) * (ahead[0] / (ahead[0] - ahead[1]));
      const [low, high] = /** @type {[number, number]} */ (ties[0].edge);
      for (const tie of ties) Object.assign(tie, between(low, high, share, size));
    });
  }
}

/**
 * Segments that follow each other as lines. A line whose ends meet repeats its first point; where three classes tie,
 * lines end.
 *
 * @param {Segment[]} segments
 * @returns {Tie[][]}
 */
function chained(segments) {
  /** @type {Map<number, number[]>} */
  const at = new Map();
  segments.forEach(({ ends }, segment) => {
    for (const { key, edge } of ends) if (edge) at.set(key, [...(at.get(key) ?? []), segment]);
  });
  const used = new Uint8Array(segments.length);
  /** @param {number} segment @param {0 | 1} way which of its ends is left first */
  const follow = (segment, way) => {
    const line = [segments[segment].ends[way]];
    let here = segment;
    for (;;) {
      used[here] = 1;
      const [a, b] = segments[here].ends;
      const last = a.key === line[line.length - 1].key ? b : a;
      line.push(last);
      const next = last.edge && at.get(last.key)?.find((other) => !used[other]);
      if (next === null || next === undefined) return line;
      here = next;
    }
  };
  const begins = (/** @type {Tie} */ { key, edge }) => !edge || at.get(key)?.length === 1;
  /** @type {Tie[][]} */
  const lines = [];
  segments.forEach(({ ends }, segment) => {
    const end = ends.findIndex(begins);
    if (!used[segment] && end >= 0) lines.push(follow(segment, end ? 1 : 0));
  });
  segments.forEach((_, segment) => {
    if (!used[segment]) lines.push(follow(segment, 0)); // a ring
  });
  return lines;
}

/**
 * From steps of the mesh to the plane's coordinates.
 *
 * @param {Tie[]} line
 * @param {[Range, Range]} limits
 * @param {number} size
 * @returns {Float32Array}
 */
function placed(line, [[left, right], [bottom, top]], size) {
  const points = new Float32Array(2 * line.length);
  line.forEach(({ x, y }, i) => {
    points[2 * i] = left + (x / (size - 1)) * (right - left);
    points[2 * i + 1] = bottom + (y / (size - 1)) * (top - bottom);
  });
  return points;
}
