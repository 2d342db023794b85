/** Which panels a view has. */

import { Fit } from "../core/fit.js";
import { neuronOf } from "../core/neuron.js";
import { planeTitle } from "../core/words.js";
import { ConfusionPanel } from "./confusion_panel.js";
import { ContributionsPanel } from "./contributions_panel.js";
import { CurvesPanel } from "./curves_panel.js";
import { DistributionsPanel } from "./distributions_panel.js";
import { FittedCurvePanel } from "./fitted_curve_panel.js";
import { FittedSurfacePanel, ResidualPlanePanel } from "./fitted_surface_panel.js";
import { HistogramPanel, lossesOf, probabilitiesOf } from "./histogram_panel.js";
import { KernelsPanel } from "./kernels_panel.js";
import { LayerCurvesPanel } from "./layer_curves_panel.js";
import { NetworkPanel } from "./network_panel.js";
import { NeuronPanel } from "./neuron_panel.js";
import { PlanePanel } from "./plane_panel.js";
import { predictionsPanels } from "./predictions_panel.js";
import { StepPanel } from "./step_panel.js";
import { ThresholdPanel } from "./threshold_panel.js";
import { TracedPlanePanel } from "./traced_plane_panel.js";
import { TrajectoryPanel } from "./trajectory_panel.js";
import { say, sayNumber } from "../core/language.js";

/** @import { Plane, RunModel } from "../model" */
/** @import { Predictions } from "../core/fit.js" */
/** @import { Panel } from "./panel.js" */
/** @import { Stage } from "../core/stage.js" */

const MOST_HISTOGRAMS = 4; // of classes; of more, all samples together and the confusion matrix

/**
 * The panels of one run, large ones first.
 *
 * @typedef {{ large: Panel[], small: Panel[] }} Column
 */

/** The views that the runs on stage have. @param {Stage} stage @param {string} view */
export function hasView(stage, view) {
  if (view === "dashboard") return true;
  const own = columnsOf(stage, view).some(({ large, small }) => large.length + small.length > 0);
  return own || (["curves", "trajectory"].includes(view) && sharedPanels(stage, view).length > 0);
}

/** The panels of each run on stage, and those that they share. @param {Stage} stage @param {string} [view] */
export function columnsOf(stage, view = stage.view) {
  return stage.onStage.map(({ run }) => columnOf(run, stage, view));
}

/** Curves are drawn together. @param {Stage} stage @param {string} [view] @returns {Panel[]} */
export function sharedPanels(stage, view = stage.view) {
  if (view === "trajectory") return sharedPaths(stage);
  if (!["dashboard", "curves", "why"].includes(view)) return [];
  const names = new Set(
    stage.onStage.flatMap(({ run }) => run.data.curves.map(({ name }) => name.replace(/^val_/, ""))),
  );
  names.delete("learning_rate");
  const [loss, ...metrics] = [...names].sort((a, b) => Number(b === "loss") - Number(a === "loss"));
  const shown = view === "curves" ? [loss, ...metrics] : [loss, metrics[0]];
  return shown.filter((name) => name !== undefined).map((name) => new CurvesPanel(stage, name));
}

/** The paths of runs that go over one surface. @param {Stage} stage */
function sharedPaths(stage) {
  const going = stage.onStage.flatMap(({ run, index }) => (run.path ? [{ run, index, path: run.path }] : []));
  const together = going.length > 1 && new Set(going.map(({ path }) => path.surface)).size === 1;
  return together && going.length === stage.onStage.length ? [new TrajectoryPanel(going, stage)] : [];
}

/** @param {RunModel} run @param {Stage} stage @param {string} view @returns {Column} */
function columnOf(run, stage, view) {
  const is = (/** @type {string} */ name) => view === "dashboard" || view === name;
  const several = stage.onStage.length > 1;
  const together = stage.onStage.map((each) => each.run);
  /** @type {Column} */
  const column = { large: [], small: [] };
  const { fit } = run;
  if (fit && is("fit")) column.large.push(...fitPanels(run, fit, stage, view === "fit"));
  const planes = stage.showsPlanes(run, view);
  if (is("feature-space") && planes) column.large.push(...spacePanels(run, stage));
  if (is("decision-boundary") && planes && stage.inputPlane(run)) {
    column.large.push(
      new PlanePanel(run, stage, (now) => /** @type {Plane} */ (now.inputPlane(run)), planeTitle),
    );
  }
  column.large.push(...diagramPanels(run, stage, view), ...unitPanels(run, stage, view));
  column.large.push(...layerPanels(run, stage, view), ...pathPanels(run, stage, view));
  const small = view === "dashboard" ? column.small : column.large;
  const { kind, n_classes: k } = run.data.task;
  const heldOut = stage.heldOut(run);
  const ofHeldOut = together.flatMap((each) => stage.heldOut(each) ?? []);
  if (is("probabilities") && run.data.probabilities && !(view === "dashboard" && several)) {
    const labels =
      k <= MOST_HISTOGRAMS || view !== "dashboard" ? Array.from({ length: k }, (_, label) => label) : [null];
    small.push(
      ...labels.map((label) => {
        const below = heldOut && { run: heldOut, counted: probabilitiesOf(heldOut, label, ofHeldOut) };
        return new HistogramPanel(run, stage, probabilitiesOf(run, label, together), below);
      }),
    );
  }
  if (view === "confusion-matrix" || (view === "dashboard" && k > MOST_HISTOGRAMS && !several)) {
    if (kind !== "regression" && run.labels) {
      // A dashboard has room for one: what the network makes of samples that it never saw.
      if (!heldOut) small.push(new ConfusionPanel(run, stage));
      else if (view !== "dashboard") small.push(new ConfusionPanel(run, stage, say("Confusion, training")));
      if (heldOut) small.push(new ConfusionPanel(heldOut, stage, say("Confusion, held out")));
    }
  }
  if (is("losses") && run.data.losses && !(view === "dashboard" && several)) {
    const below = heldOut && { run: heldOut, counted: lossesOf(heldOut, ofHeldOut) };
    small.push(new HistogramPanel(run, stage, lossesOf(run, together), below));
  }
  return column;
}

/** The plane of the layer that is chosen. @param {RunModel} run @param {Stage} stage */
function spacePanels(run, stage) {
  if (!stage.featurePlane(run)) return [];
  return [new PlanePanel(run, stage, (now) => /** @type {Plane} */ (now.featurePlane(run)), planeTitle)];
}

/** How units add up to the boundary: input plane, network and feature space. @param {RunModel} run @param {Stage} stage */
function whyPanels(run, stage) {
  const plane = stage.inputPlane(run);
  if (!plane || !run.diagram || run.data.task.kind === "regression") return [];
  return [
    new TracedPlanePanel(run, stage, plane),
    new NetworkPanel(run, run.diagram, stage),
    ...spacePanels(run, stage),
  ];
}

/** What a step does to the samples of a layer, and to the weights. @param {RunModel} run @param {Stage} stage */
function stepPanels(run, stage) {
  const steps = run.data.epochs.length > 1 && run.asks && run.inputs() && stage.featurePlane(run);
  if (!steps || !run.diagram) return [];
  return [new StepPanel(run, stage), new NetworkPanel(run, run.diagram, stage, "changes")];
}

/** The network's diagram, which a run alone has beside the input plane, and a neuron. @param {RunModel} run @param {Stage} stage @param {string} view */
function diagramPanels(run, stage, view) {
  if (view === "why") return whyPanels(run, stage);
  if (view === "step") return stepPanels(run, stage);
  const { diagram } = run;
  if (diagram && view === "network") {
    const plane = stage.onStage.length === 1 ? stage.inputPlane(run) : null;
    const own = new NetworkPanel(run, diagram, stage);
    return plane ? [own, new TracedPlanePanel(run, stage, plane)] : [own];
  }
  if (view === "neuron" && neuronOf(run, stage))
    return [new NeuronPanel(run, stage), new ThresholdPanel(run)];
  return [];
}

/** The input plane with what units do in it. @param {RunModel} run @param {Stage} stage @param {string} view */
function unitPanels(run, stage, view) {
  const plane = stage.inputPlane(run);
  if (!plane || !run.data.units) return [];
  if (view === "units")
    return [
      new PlanePanel(
        run,
        stage,
        () => plane,
        () => say("Units in the input plane"),
        "units",
      ),
    ];
  if (view === "linear-regions" && run.data.units.score)
    return [
      new PlanePanel(
        run,
        stage,
        () => plane,
        (_, scene) => regionsTitle(scene),
        "linear",
      ),
    ];
  return [];
}

/** @param {import("../core/scene.js").Scene | null} scene */
function regionsTitle(scene) {
  const count = scene?.linear?.cells.rings.length;
  if (count === undefined) return say("Linear regions");
  return sayNumber("{number} linear region", "{number} linear regions", count);
}

/** What a regression has learnt: all of it, or what tells most. @param {RunModel} run @param {Predictions} fit @param {Stage} stage @param {boolean} all */
function fitPanels(run, fit, stage, all) {
  const parts = fit instanceof Fit ? learntPanels(run, fit, stage) : predictionsPanels(run, fit, stage);
  return all || fit.data.curve ? parts : parts.slice(0, 1);
}

/** @param {RunModel} run @param {Fit} fit @param {Stage} stage @returns {Panel[]} */
function learntPanels(run, fit, stage) {
  const { curve, contributions, surfaces, residuals } = fit.data;
  if (curve) {
    const own = new FittedCurvePanel(run, fit, stage);
    return contributions ? [own, new ContributionsPanel(run, fit, stage)] : [own];
  }
  const plane = stage.inputPlane(run);
  return [
    ...(plane ? surfaces.map((surface) => new FittedSurfacePanel(run, fit, stage, surface)) : []),
    ...(plane && residuals ? [new ResidualPlanePanel(run, fit, stage)] : []),
    ...predictionsPanels(run, fit, stage),
  ];
}

/** The path of a run over its loss surface, where it shares none with all others on stage. @param {RunModel} run @param {Stage} stage @param {string} view */
function pathPanels(run, stage, view) {
  if (view !== "trajectory" || !run.path || sharedPaths(stage).length) return [];
  const { index } = stage.onStage.find((each) => each.run === run) ?? { index: 0 };
  return [new TrajectoryPanel([{ run, index, path: run.path }], stage)];
}

/** The views of layers, which are no part of the dashboard. @param {RunModel} run @param {Stage} stage @param {string} view */
function layerPanels(run, stage, view) {
  const { layers } = run.data;
  if (!layers) return [];
  return [
    ...layers.distributions
      .filter(({ quantity }) => quantity === view)
      .map((data) => new DistributionsPanel(run, stage, data)),
    ...layers.curves
      .filter((data) => data.view === view)
      .map((data) => new LayerCurvesPanel(run, stage, data)),
    ...(layers.kernels && view === "kernels" ? [new KernelsPanel(run, stage, layers.kernels)] : []),
  ];
}
