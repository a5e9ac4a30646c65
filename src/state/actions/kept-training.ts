/** @file The settings of trainings over visits: they belong to the open file, and an imported gene graph is kept beside them. */
import { keepGraph, recallGraph, type KeptTraining } from '../../clients/session-store.ts';
import { graphEdges, keepGraphEdges } from '../graph-edges.ts';
import { clearHistory } from '../history.ts';
import { get, patch } from '../store.ts';
import { freshSettings, settingsFrom } from '../training-settings.ts';
import type { ModelState, ScreenChoices } from '../types.ts';

type Graph = NonNullable<ScreenChoices['graph']>;

/** The graph whose pairs were kept last. */
let keptGraph: Graph | null = null;

/** The settings as the session's record holds them. */
export function trainingRecord(): KeptTraining {
  const { settings } = get().model;
  const { hide, screen } = settings;
  const { graph } = screen;
  return {
    ...settings,
    hide: hide.map((values) => ({ ...values })),
    screen: { ...screen, graph: graph === null ? null : { ...graph } },
  };
}

/** Keeps the pairs of an imported graph, if it is another one than before. */
export async function keepTrainingGraph(): Promise<void> {
  const { graph } = get().model.settings.screen;
  if (graph === keptGraph) return;
  await keepGraph(graph === null ? null : graphEdges(graph));
  keptGraph = graph;
}

/** Another file was opened: what was set for the one before goes, which is no step of undo. */
export function beginSettings(): void {
  patch('model', { settings: freshSettings() });
  clearHistory();
}

/** The settings of the last visit are back. A graph whose pairs are gone is learnt instead; returns its name, else null. */
export async function restoreTraining(kept: KeptTraining | undefined): Promise<string | null> {
  const settings = settingsFrom(kept);
  const { graph } = settings.screen;
  const edges = graph === null ? null : await recallGraph();
  const lost = graph !== null && edges?.length !== graph.pairs;
  if (graph !== null && edges !== null && !lost) {
    keepGraphEdges(graph, edges);
    keptGraph = graph;
  }
  const own: ModelState['settings'] = lost ? { ...settings, screen: { ...settings.screen, graph: null } } : settings; // prettier-ignore
  patch('model', { settings: own });
  return lost ? graph.name : null;
}
