/** What the views ask of a run, however the page carries it. */

import type { Diagram } from "./core/diagram.js";
import type { Predictions } from "./core/fit.js";
import type { Path } from "./core/surface.js";
import type { ArrayRef, LinearName, Range, RunData } from "./types";

/**
 * The inputs' own plane (`layer` null), two directions of a layer, or three units in space as a turn shows them; units
 * are counted from 1.
 */
export type Plane =
  | { layer: null }
  | { layer: string; units: [number, number] }
  | { layer: string; units: LinearName }
  | { layer: string; units: "space"; turn: [number, number] };

/** What the network says of the samples at one moment. Null where a regression or an unknown loss has none. */
export interface Answers {
  epoch: number;
  /** Of class 1 in a binary task, else of the true class: (n,). */
  probabilities: Float32Array | null;
  /** Of the true class, in a binary task too: (n,). */
  ofTrueClass: Float32Array | null;
  /** The likeliest class, −1 where a probability is not finite: (n,). */
  predicted: Int32Array | null;
  /** 1 where the sample is classified as labelled, else 0; NaN is never right: (n,). */
  correct: Uint8Array | null;
  /** (n,). */
  losses: Float32Array | null;
  /** (n,): what a regression of one output gives; null of others. */
  outputs: Float32Array | null;
}

/** A plane divided among classes: a square mesh over `limits`, rows from the bottom up, (size, size) each. */
export interface Regions {
  limits: [Range, Range];
  size: number;
  likeliest: Uint16Array;
  /** Its probability. */
  highest: Float32Array;
  nClasses: number;
  /**
   * Lines in the plane's coordinates, x and y in turn, along which the two likeliest classes tie.
   * A line whose ends meet repeats its first point.
   */
  boundary: Float32Array[];
}

/** Lines through the input plane: 2 × `count` of `length` points each, those of constant x first. */
export interface GridLines {
  count: number;
  length: number;
  /** (2, count, length, 2). */
  points: Float32Array;
}

/** The line of a unit of the first layer, counted from 0. */
export interface UnitLine {
  unit: number;
  /** Where it leaves the plane: x and y of either end; empty where it does not cross it. */
  ends: Float64Array;
  /** Its parallels from which on the activation is flat, in the same way. */
  flat: Float64Array[];
  /** Of length 1, towards where z is positive. */
  normal: [number, number];
  /** The length of its weights, as a share of the longest over the run. */
  strength: number;
  /** Whether it answers 0 to all samples, or no later layer reads it. */
  dead: boolean;
  /** The first unit that carries the same signal; of a layer of many units none is looked for. */
  twin: number | null;
}

/** The lines of units at one moment. */
export interface UnitLines {
  first: UnitLine[];
  /** Of deeper layers, as far as they are asked for: segments (4n,), x and y of either end. */
  deeper: { layer: string; unit: number; segments: Float64Array }[];
  /** Straight pieces of the decision boundary, and the points (2n,) at which it turns. Null where they are not exact. */
  boundary: Float32Array[] | null;
  kinks: Float64Array | null;
}

/** The parts of the input plane within which a network is linear. */
export interface LinearRegions {
  cells: import("./core/cells.js").Cells;
  /** The gradient of the score in each, as a share of a steep one: (2n,), across and up. */
  slopes: Float64Array;
  boundary: Float32Array[] | null;
}

/** One layer of two inputs and two units, taken apart; see morph.js. */
export interface Morph {
  /** Names of the stages between the marks 0, 1, …, stages.length. */
  stages: string[];
  /** Where points (2m,) of the layer's input stand at `mark` (0 input, stages.length output). */
  move(points: Float32Array, mark: number): Float32Array;
}

export interface RunModel {
  data: RunData;
  /** The same run with its held-out samples in place of the others; null without any. */
  heldOut: RunModel | null;
  n: number;
  /** (n,), null of a regression. */
  labels: Int32Array | null;
  /** The network as a diagram, whose units can be taken away; null of a run that has none. */
  diagram: Diagram | null;
  /** What a regression predicts and, of a run carried as weights, has learnt (a `Fit`); null of others. */
  fit: Predictions | null;
  /** Where its weights go over a loss surface; null where the page has none. */
  path: Path | null;
  /** Whether any input can be asked about (a run carried as weights), not the samples alone. */
  asks: boolean;
  /** A whole array that the page carries. */
  whole(ref: ArrayRef): Float32Array;
  /** Of an array (s, …) at these epochs (s,), what it is at a moment. */
  carriedAt(ref: ArrayRef, epochs: number[], epoch: number): Float32Array;
  /** So many runs share the time for a frame: meshes and lines may be as fine as that allows. */
  share(runs: number): void;
  /** The planes that can be shown: the input plane first where there is one, then a default plane a layer. */
  planes: Plane[];
  /** Whether units of this layer can be paired at will. */
  pairs(layer: string): boolean;
  /** Those of a space that gets much larger widen with it, by default those of its end; others are fixed. */
  limits(plane: Plane, epoch?: number): [Range, Range];
  /** Whether limits widen as the space does. */
  follows(plane: Plane): boolean;
  axisNames(plane: Plane): [string, string];

  /** These take any epoch within the run's, clamped to them, and keep what was asked for last. */
  answers(epoch: number): Answers;
  /** (2n,): x and y in turn. Not finite where the network is not. */
  points(epoch: number, plane: Plane): Float32Array;
  /** Null where inputs are not 2-D or are not known to be. */
  lines(epoch: number, plane: Plane): GridLines | null;
  /**
   * Over these limits, else over those of the run. Of a run carried as arrays, always over what it carries. Null
   * where the plane is not the whole space of the layer, or of a regression.
   */
  regions(epoch: number, plane: Plane, limits?: [Range, Range]): Regions | null;

  /** The lines of its units over a part of the input plane, with `deep` of all layers; null where it has none. */
  units(epoch: number, limits: [Range, Range], deep: boolean): UnitLines | null;
  /** Null where the network is not piecewise linear, or has too many pieces. */
  linearRegions(epoch: number, limits: [Range, Range]): LinearRegions | null;

  /** Of a run that `asks`; inputs are (m × values of a sample). */
  ask(
    epoch: number,
    inputs: Float32Array,
  ): { points(plane: Plane): Float32Array; byClass: Float32Array | null; outputs: Float32Array | null };
  /** The corners of the plane by which the output divides a layer of three units; none where it is no plane. */
  divider(epoch: number, layer: string): number[][];
  /** The way through its layers, spaces of three units as a turn shows them; null where it has none. */
  journey(epoch: number, turn: [number, number]): import("./core/journey.js").Journey | null;
  /** All samples as the network takes them: (n × values of a sample); null where inputs are not carried. */
  inputs(): Float32Array | null;
  /** What a regression of one output should give for a sample; null where targets are not carried. */
  target(sample: number): number | null;
  /** One of the inputs. */
  input(sample: number): Float32Array | null;
}
