/**
 * What a page carries beside its arrays, as `replay/player/payload/payload.py` writes it and the modules here read
 * it.
 *
 * Shapes stand in comments: n samples, s snapshots, k classes. Numbers that are not finite cannot stand in
 * JSON: there they are null.
 */

/** An array among the packed bytes: `at` is its offset, in bytes and a multiple of 4; values are little-endian. */
export interface ArrayRef {
  at: number;
  shape: number[];
  dtype: "float32" | "int32" | "uint16" | "uint8";
  /**
   * Quantised values: code 0 stands for `low`, the last but one (254 or 65534) for `high`, and the last
   * (255 or 65535) for what is not finite. With `log`, `low` and `high` are natural logarithms of the values.
   */
  quantised?: { low: number; high: number; log?: boolean };
}

export type Range = [number, number];

export interface PageData {
  format: 1;
  title: string;
  samples: SampleSet[];
  runs: RunData[];
  /** Those that paths of runs lead over. */
  surfaces: SurfaceData[];
  /** The page in words: short, and as a paragraph. */
  description: { alt: Told; text: Told };
  /** What was thinned out so that the page keeps within its size, in sentences. */
  notes: Told[];
  /** The reader's own colour scheme, or one for all. */
  theme: "auto" | "light" | "dark";
  /** The language that it begins with; null for the reader's. */
  language: string | null;
  languages: Record<string, LanguageData>;
  styles: { light: StyleData; dark: StyleData };
  start: StartData;
  /** How long playing from the first to the last epoch takes at speed 1; null for the page to choose. */
  seconds: number | null;
}

/** A text in each language, by its code. */
export type Told = Record<string, string>;

/** A language: its own name, and the page's words in it by their English; plurals by CLDR's categories. */
export interface LanguageData {
  name: string;
  /** The decimal separator, that between thousands, how a percentage is written, and the shortest grouped length. */
  symbols: [string, string, string, number];
  words: Record<string, string | Record<string, string>>;
}

/** Where the page begins; null where it may choose. Runs are counted from 0. */
export interface StartData {
  epoch: number | null;
  runs: number[];
  view: string | null;
  layer: string | null;
  units: [number, number] | LinearName | null;
  /** Counted from 1. */
  neuron: { layer: string; unit: number } | null;
}

/** The units whose lines cross the input plane. */
export interface UnitsData {
  /** Their layers, from input to output; z of the first is an affine map of the inputs. */
  layers: string[];
  /** The units of the first, counted from 0, whose lines are shown. */
  shown: number[];
  /** The z other than 0 from which on its activation is flat. */
  flat: number[];
  /** The length of the longest weights of its units over the run. */
  longest: number;
  /** What the linear regions are coloured by; null where the network has none. */
  score: ScoreData | null;
}

/** The combination of the outputs whose slope is shown, and a slope that counts as steep. */
export interface ScoreData {
  weights: number[];
  steep: number;
}

/** Samples that runs have in common. */
export interface SampleSet {
  /** How many were recorded: of more than the page holds, it holds a stratified choice. */
  n_recorded: number;
  /** (n,): which of them each sample is; null where all are here. */
  positions: ArrayRef | null;
  /** (n, ...) as the network takes them; null where they are not carried. */
  inputs: ArrayRef | null;
  /** (n, ...); null where the run is carried as arrays and has no fit. */
  targets: ArrayRef | null;
  /** Class numbers (n,), null of a regression. */
  labels: ArrayRef | null;
  /** How one sample is an image: (n, height, width) or (n, height, width, 3) of uint8; null where it is none. */
  images: ArrayRef | null;
  /** Around 2-D inputs, with a margin; null where inputs are none. Runs that are compared share them. */
  limits: [Range, Range] | null;
}

export interface TaskData {
  kind: "binary" | "multiclass" | "regression";
  n_classes: number;
  from_logits: boolean;
}

/** What is known of them; both are empty where nothing is. */
export interface NamesData {
  /** Of each class, "" where it has none. */
  classes: string[];
  /** The same, with few letters. */
  short: string[];
  /** Of each value of a sample. */
  inputs: string[];
}

export interface MilestoneData {
  epoch: number;
  kind: string;
  text: Told;
  /** The last epoch of what lasts for a while. */
  until: number | null;
  /** The text with its epoch, for any moment at which it is told. */
  caption: Told;
  /** The place of its group, and its place in the group: the larger, the more important. */
  importance: [number, number];
}

/** A logged curve without the epochs at which it was not logged. `values` may hold null. */
export interface CurveData {
  name: string;
  epochs: number[];
  values: (number | null)[];
}

export interface RunData {
  name: string;
  title: string;
  /** Which of the page's sample sets. */
  samples: number;
  /** The samples that the training never saw; null where none were recorded. */
  held_out: HeldOutData | null;
  /** Of each snapshot, increasing. */
  epochs: number[];
  task: TaskData;
  names: NamesData;
  milestones: MilestoneData[];
  /** Of a run whose weights diverge, the epoch of the last finite snapshot; else null. */
  last_finite: number | null;
  /** "loss", the metrics and their "val_…". */
  curves: CurveData[];
  spaces: SpaceData[];
  /** Whose lines the input plane can show; null where there are none, or the run is carried as arrays. */
  units: UnitsData | null;
  /** Bin edges and the highest bar of each histogram of what the page carries; null of a regression. */
  probabilities: { edges: number[]; highest: number[]; highest_of_all: number } | null;
  /** Geometric bin edges; null where samples have no losses to show. */
  losses: { name: Told; edges: number[]; ceiling: number } | null;
  /** Null where they were left out. */
  layers: LayerViewsData | null;
  /** Exactly one of the two is there. */
  network: NetworkData | null;
  arrays: ArraysData | null;
  /** Of a chain of Dense layers that travels as its weights. */
  diagram: DiagramData | null;
  /** Of its layers with two inputs. */
  neurons: NeuronsData[];
  /** Of a regression that travels as its weights. */
  fit: FitData | null;
  /** Where its weights go over a loss surface; null where the page has none. */
  path: PathData | null;
}

/** What a regression has learnt: the scales of what the page computes. */
export interface FitData {
  /** What the numbers are called that are predicted; "" of a single one without a name. */
  columns: Told[];
  /** The ends of these numbers over the run. */
  values: Range;
  /** Of a single input. */
  curve: CurveFitData | null;
  contributions: ContributionsData | null;
  /** Of two inputs: a surface for each of some columns, and the residual of the strongest colour, of one column. */
  surfaces: { column: number; values: Range; levels: number[] }[];
  residuals: { largest: number } | null;
  /** Of other inputs: the limits of numbers and of residuals. */
  predictions: { limits: Range; residuals: Range } | null;
}

export interface CurveFitData {
  limits: [Range, Range];
  /** The smallest and the largest training input: beyond is extrapolation. */
  data: Range;
  /** The units of a layer, counted from 0, that switch somewhere; null where it is not affine. */
  hinges: { layer: string; units: number[] } | null;
  /** Whether these units are those that add to the answer. */
  coloured: boolean;
}

/** What each unit of the last hidden layer adds to the first column. */
export interface ContributionsData {
  layer: string;
  /** Those that are shown one by one, counted from 0. */
  units: number[];
  n_units: number;
  /** The ends of the stacked terms. */
  limits: Range;
  /** Whether their sum is the answer, and no activation follows. */
  is_answer: boolean;
}

/** The mean loss on a mesh over a plane of the weights. */
export interface SurfaceData {
  /** What the axes are. */
  names: [Told, Told];
  /** Of the paths' variance along each axis; null where these are all weights. */
  shares: [number, number] | null;
  limits: [Range, Range];
  /** That have a contour. */
  levels: number[];
  /** (rows, columns) from the bottom up, quantised, and then second differences of the codes; see surface.js. */
  heights: ArrayRef;
}

/** The path of a run over a surface. */
export interface PathData {
  /** Which of the page's surfaces. */
  surface: number;
  /** (m,) of the points. */
  epochs: number[];
  /** x and y, (m,) each. */
  points: [ArrayRef, ArrayRef];
  /** (m,): of the weights themselves. */
  losses: ArrayRef;
  /**
   * (m,) each: how far from the plane the weights are, as a share of the paths' extent, and the loss on the plane;
   * NaN where neither matters, null where it never does.
   */
  off: ArrayRef | null;
  on_plane: ArrayRef | null;
  /** Whether it ends because the weights are no longer finite. */
  diverges: boolean;
}

/** The network as a diagram: what is drawn, and on which scales. */
export interface DiagramData {
  /** What the pictures of units are: activations over the input plane, kernels and densities, or densities alone. */
  kind: "plane" | "image" | "density";
  /** The size of edges and biases that is drawn widest, over the whole run. */
  limits: Record<Quantity, number>;
  /** Kernels of the first layer as images, and the end of their colours. */
  image: { height: number; width: number; limit: number } | null;
  /** The inputs, and the units of each Dense layer. */
  columns: ColumnData[];
}

export type Quantity = "weights" | "changes";

export interface ColumnData {
  /** A Dense layer and those behind it, up to the next; before the first one often none. */
  layers: string[];
  n: number;
  /** The units that are drawn, counted from 0, increasing. */
  shown: number[];
  /** The ends of its values over the run. */
  range: Range;
  /** What becomes of the units: activations, and layers such as BatchNormalization. */
  steps: string[];
  /** Whether its units can be taken away. */
  takes: boolean;
  /** Dead units have z ≤ bound for all samples, saturated ones |z| > bound for more than half. */
  state: { layer: string; state: "dead" | "saturated"; bound: number } | null;
}

/** A Dense layer with two inputs, unit by unit. */
export interface NeuronsData {
  layer: string;
  /** The layer whose two values enter; null where the inputs do. */
  source: string | null;
  /** The layer whose activation the units have. */
  acting: string;
  activation: string;
  /** The symbol of what enters. */
  letter: "x" | "a";
  bins: number;
  units: NeuronData[];
}

export interface NeuronData {
  /** Counted from 1. */
  number: number;
  /** The class that it tells from the others; null of a regression. */
  speaks_for: number | null;
  /** Of w·x over the run. */
  sum_limits: Range;
  /** The activations of no and of full strength. */
  ends: Range;
  /** ‖w‖ that is usual at most. */
  norm: number;
}

/** What a page has of a run's held-out samples: the same as of the others. */
export interface HeldOutData {
  samples: number;
  probabilities: RunData["probabilities"];
  losses: RunData["losses"];
  /** Of a run that is carried as arrays. */
  arrays: HeldOutArrays | null;
}

/** As in `ArraysData`, with the points (s, n, 2) of its planes in their order. */
export interface HeldOutArrays {
  points: ArrayRef[];
  probabilities: ArrayRef | null;
  predicted: ArrayRef | null;
  losses: ArrayRef | null;
  outputs: ArrayRef | null;
}

/** Views of layers, those that the run has, each with the epochs (s,) that it is carried at. */
export interface LayerViewsData {
  distributions: DistributionsData[];
  curves: LayerCurvesData[];
  kernels: KernelsData | null;
}

/** Distributions of n layers, in units of the axis: logarithms of ten where it is logarithmic. */
export interface DistributionsData {
  quantity: "weights" | "gradients";
  epochs: number[];
  names: string[];
  /** How deep each layer is in the network, from 0 to 1. */
  depths: number[];
  /** Of the bins of each layer. */
  ends: Range[];
  limits: Range;
  logarithmic: boolean;
  /** (s, n, bins): 1 where it is highest; 0 all over where a layer has few values. */
  density: ArrayRef;
  /** (s, n, 3). */
  quartiles: ArrayRef;
  /** (s, n, 4): of zeros, of what is below and above the axis, and of what is not finite. */
  shares: ArrayRef;
  /** (s, values) of layers that have few; null of the others. */
  dots: (ArrayRef | null)[];
}

/** A line for each layer over the epochs. */
export interface LayerCurvesData {
  view: "gradient-flow" | "unit-health";
  title: Told;
  epochs: number[];
  names: string[];
  depths: number[];
  scale: "linear" | "logarithmic" | "percent";
  /** A value to compare with. */
  target: number | null;
  /** `values` (s,) of a layer by its number. */
  lines: { layer: number; dashed: boolean; values: ArrayRef }[];
}

export interface KernelsData {
  layer: string;
  epochs: number[];
  n_units: number;
  /** How many channels the kernels have where the first alone is shown. */
  first_channel_of: number | null;
  /** The absolute weight at the end of the colours. */
  limit: number;
  /** (s, kernels, height, width) or (s, kernels, height, width, 3). */
  images: ArrayRef;
}

/** A layer whose activations can be shown in a plane. */
export interface SpaceData {
  layer: string;
  n_units: number;
  /** What one of its units is called: "tanh unit". */
  activation: string | null;
  /** With a margin, over most samples and snapshots: one for each unit. */
  unit_limits: Range[];
  /** (s, 2, 2): of a layer of two units that gets much larger, the limits of both at each snapshot. */
  moving_limits: ArrayRef | null;
  /** Of a layer of more than two units: its readout and its principal plane, as far as it has them. */
  linear: Partial<Record<LinearName, LinearPlane>>;
}

export type LinearName = "readout" | "pca";

/** A plane through the space of a layer: centre (units,), axes (2, units). */
export interface LinearPlane {
  names: [Told, Told];
  centre: number[];
  axes: [number[], number[]];
  limits: [Range, Range];
  moving_limits: ArrayRef | null;
}

/** A chain of layers that the page evaluates itself. */
export interface NetworkData {
  layers: LayerData[];
  loss: LossData | null;
}

export interface LayerData {
  name: string;
  class_name: string;
  units: number | null;
  activation: string | null;
  /** As in the run file: arguments of the layer, those of the activation under "activation_arguments". */
  config: Record<string, unknown>;
  /** By name: (s, ...) float32. */
  weights: Record<string, ArrayRef>;
}

export interface LossData {
  name: string;
  from_logits?: boolean;
  from_outputs?: boolean;
  label_smoothing?: number;
  reduction?: string;
  /** Of each class, or of each unit with a sigmoid of its own. */
  weights?: number[] | null;
  positive_weights?: number[] | null;
  /** The least that a logarithm of a probability counts. */
  least_log?: number | null;
  /** Of Huber's loss. */
  delta?: number;
  /** Of SmoothL1Loss. */
  beta?: number;
  /** Of the quantile loss. */
  q?: number;
}

/** What a network that the page cannot evaluate answered, quantised. */
export interface ArraysData {
  /** The planes that can be shown, in the order of `RunData.spaces`. */
  planes: PlaneArrays[];
  /** The input plane's regions; null where inputs are not 2-D. */
  input_regions: RegionArrays | null;
  /** (s, n): of class 1 for two classes, else of the true class. Null of a regression. */
  probabilities: ArrayRef | null;
  /** (s, n) uint8, of more than 256 classes uint16: the likeliest class. Null of a regression. */
  predicted: ArrayRef | null;
  /** (s, n). */
  losses: ArrayRef | null;
  /** (s, n, columns): what a regression with a fit predicts. */
  outputs: ArrayRef | null;
}

export interface PlaneArrays {
  layer: string;
  units: [number, number] | LinearName;
  /** (s, n, 2). */
  points: ArrayRef;
  /** (s, 2, lines, points, 2): the input's grid lines seen through the layer; null where inputs are not 2-D. */
  lines: ArrayRef | null;
  regions: RegionArrays | null;
  /** (s, k, 3): in their place where logits are linear in the plane, a·x + b·y + c for each class. */
  scores: ArrayRef | null;
}

/** A plane divided among classes on a square mesh over `limits`, rows from the bottom up. */
export interface RegionArrays {
  /** (s, 2, 2): wider than those of the plane, which a page widens to its shape. */
  limits: ArrayRef;
  /** (s, m, m) uint8, of more than 256 classes uint16: the likeliest class. */
  likeliest: ArrayRef;
  /** (s, m, m): its probability. */
  highest: ArrayRef;
  /** (s, m, m): how far the logarithm of the next likely class's probability is behind, which tells where they tie. */
  lead: ArrayRef;
}

/** Colours of a theme, as `replay.Style` has them. */
export interface StyleData {
  background: string;
  ink: string;
  muted: string;
  faint: string;
  classes: string[];
  markers: string[];
  runs: string[];
  /** Of the units of a layer; they repeat after the last. */
  units: string[];
  /** Of each run's lines: lengths of dashes and gaps, in widths of the line; none of a solid one. */
  run_dashes: number[][];
  error: string;
  grid_x: string;
  grid_y: string;
  boundary: string;
  loss: string;
  metric: string;
  shading: number;
}
