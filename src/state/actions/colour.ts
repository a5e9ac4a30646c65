/** @file What the map is coloured by; gene values are fetched for real and synthetic cells together. */
import { io } from '../../clients/io-client.ts';
import { model } from '../../clients/model-client.ts';
import { keepArray, releaseArrays } from '../array-registry.ts';
import { get, patch } from '../store.ts';
import type { ColourBy, GeneColours } from '../types.ts';
import { showError } from './alerts.ts';

let turn = 0;

/** Colours the map by an obs column, a gene, a quality measure or the distance to real cells. */
export function setColourBy(colourBy: ColourBy): void {
  patch('look', { colourBy });
  if (colourBy.kind === 'gene') void loadGene(colourBy.name, get().view.gene?.scale ?? 'log', true);
}

/** Draws a column in the palette instead of the colours of its file, or in the file's again. */
export function setOwnColours(column: string, own: boolean): void {
  const others = get().data.ownColours.filter((name) => name !== column);
  patch('data', { ownColours: own ? [...others, column] : others });
}

/** Shows the gene as log-normalised expression or as counts. */
export function setGeneScale(scale: GeneColours['scale']): void {
  const { gene } = get().view;
  if (gene) void loadGene(gene.name, scale, true);
}

/** Fetches the present gene again for new synthetic cells. */
export function refreshGene(): void {
  const { gene } = get().view;
  if (gene && get().look.colourBy?.kind === 'gene') void loadGene(gene.name, gene.scale, false);
}

async function loadGene(
  name: string,
  scale: GeneColours['scale'],
  withReal: boolean,
): Promise<void> {
  turn += 1;
  const mine = turn;
  const before = get().view.gene;
  patch('view', {
    gene: {
      name,
      scale,
      real: withReal ? null : (before?.real ?? null),
      synthetic: before?.synthetic ?? null,
      loading: true,
    },
  });
  if (withReal) releaseArrays(before?.real);
  try {
    const { sampleId } = get().synthetic;
    const [real, synthetic] = await Promise.all([
      withReal ? io.gene(name, scale) : Promise.resolve(null),
      sampleId === null || get().model.status !== 'ready'
        ? Promise.resolve(null)
        : model.gene(sampleId, name, scale).catch(() => null),
    ]);
    if (mine !== turn) return;
    releaseArrays(before?.synthetic);
    const { gene } = get().view;
    patch('view', {
      gene: {
        name,
        scale,
        real: real ? keepArray(real) : (gene?.real ?? null),
        synthetic: synthetic ? keepArray(synthetic) : null,
        loading: false,
      },
    });
  } catch (thrown) {
    if (mine === turn) showError(thrown, 'The map keeps its colours.');
  }
}
