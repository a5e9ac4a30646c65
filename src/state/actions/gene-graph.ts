/** @file The gene graph of a screen: a person's edge list in place of the learnt one, back to it, and a model's graph as an edge list to edit. */
import { model } from '../../clients/model-client.ts';
import { edgeListText } from '../../protocol/edge-list.ts';
import { StudioError } from '../../protocol/errors.ts';
import { formatNumber } from '../format.ts';
import { geneNames } from '../gene-index.ts';
import { keepGraphEdges, namedGraph, readEdges } from '../graph-edges.ts';
import { get } from '../store.ts';
import { say, showError } from './alerts.ts';
import { saveText } from './save-file.ts';
import { setScreen } from './screen.ts';

const MOST_BYTES = 60_000_000;

/** Reads an edge list (two gene names a line) to take the place of the learnt gene graph at the next training. */
export async function importGraph(file: File): Promise<void> {
  try {
    if (file.size > MOST_BYTES) throw tooLong(file.name);
    say(`Reading ${file.name}.`, true);
    const { edges, left } = await readEdges(await file.text(), new Set(geneNames()));
    if (edges.length === 0) throw noPairs(file.name);
    const graph = { name: file.name, pairs: edges.length };
    keepGraphEdges(graph, edges);
    setScreen({ graph });
    const rest = left > 0 ? ` Lines without two known genes, left out: ${formatNumber(left)}.` : '';
    say(
      `${formatNumber(edges.length)} pairs of genes from ${file.name}. Train to use them.${rest}`,
    );
  } catch (thrown) {
    showError(thrown, 'The gene graph stays as it was.');
    say(`${file.name} was not used.`);
  }
}

/** Back to the graph that is learnt from training cells. */
export function dropGraph(): void {
  setScreen({ graph: null });
  say('The next training learns the gene graph from its cells.');
}

/** Downloads the present model's graph as an edge list, which can be changed in any editor and imported again. */
export async function saveGraph(): Promise<void> {
  const { info } = get().model;
  if (!info?.screen) return;
  try {
    const { names } = await model.genes();
    const { graph, tier } = info.screen;
    const stem = info.fileName.replace(/\.[a-z0-9.]+$/i, '');
    const name = `${stem}-gene-graph.tsv`;
    const whose = tier === 'fast' ? ' Fast knows the pairs of perturbed genes alone.' : '';
    const notes = [
      `Gene graph of the scDFM model trained on ${info.fileName}, ${info.trainedAt}.${whose}`,
      'One pair of genes a line. Change it and import it under Model, How it is modelled.',
    ];
    saveText(edgeListText(namedGraph(graph, names), notes), name, 'text/tab-separated-values');
    say(`Saved ${name}: ${formatNumber(graph.length / 2)} pairs of genes.`);
  } catch (thrown) {
    showError(thrown, 'The model is still here.');
  }
}

function noPairs(name: string): StudioError {
  return new StudioError(
    'bad-request',
    `No pair of genes in ${name}.`,
    `An edge list has two gene names a line, as this file writes them: ${geneNames().slice(0, 2).join(' ')}.`,
    { file: name },
  );
}

function tooLong(name: string): StudioError {
  return new StudioError(
    'too-big',
    `${name} is too long.`,
    'An edge list of up to 60 MB can be read. Leave out pairs of genes that this file does not have.',
    { file: name },
  );
}
