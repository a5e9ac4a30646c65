/** @file What is found about a selection: its marker genes, their expression, and where synthetic cells differ from real ones. */
import { study } from '../../clients/study-client.ts';
import { StudioError } from '../../protocol/errors.ts';
import type { CellSet, MarkerTable } from '../../protocol/study.ts';
import { byteArray } from '../array-registry.ts';
import { emptyFindings, explored, patchExplore } from '../explore.ts';
import { geneNames } from '../gene-index.ts';
import { get } from '../store.ts';
import { showError } from './alerts.ts';
import { ensureStudy, studied } from './study.ts';

/** Genes listed, and genes drawn as violins. */
const mostListed = 25;
const mostDrawn = 6;
/** A test of fewer cells says nothing. */
const fewest = 3;

let turn = 0;

/** Finds markers, differences and expression of the present selection; a newer selection replaces an older one. */
export async function studySelection(): Promise<void> {
  turn += 1;
  const mine = turn;
  const { selection } = explored();
  if (selection.realCells + selection.syntheticCells === 0) return;
  patchExplore({ findings: { ...emptyFindings, status: 'running' } });
  try {
    if (!(await ensureStudy()) || mine !== turn) return;
    const own = byteArray(selection.real);
    const made = byteArray(selection.synthetic);
    const real = studied('real', (cell) => own?.[cell] === 1);
    const others = studied('real', (cell) => own?.[cell] !== 1);
    const synthetic = studied('synthetic', (cell) => made?.[cell] === 1);
    const markers = await compare(real, others);
    if (mine !== turn) return;
    const differences = await compare(synthetic, real);
    if (mine !== turn) return;
    const genes = genesToDraw(markers, differences);
    const sets = [real, synthetic, others];
    const shared = synthetic.rows.length > 0;
    const expression = genes.length > 0 ? await study.describe({ genes, sets, shared }) : [];
    if (mine !== turn) return;
    patchExplore({ findings: { status: 'ready', markers, differences, genes, expression } });
  } catch (thrown) {
    if (mine !== turn) return;
    patchExplore({ findings: { ...emptyFindings, status: 'failed' } });
    if (StudioError.from(thrown).code !== 'cancelled')
      showError(thrown, 'The selection is unchanged.');
  }
}

async function compare(cells: CellSet, others: CellSet): Promise<MarkerTable | null> {
  if (Math.min(cells.rows.length, others.rows.length) < fewest) return null;
  return study.markers({ cells, others, tieCorrect: false, most: mostListed });
}

/** The gene that colours the map first, then the best markers, then what differs most. */
function genesToDraw(markers: MarkerTable | null, differences: MarkerTable | null): number[] {
  const { colourBy } = get().look;
  const coloured = colourBy?.kind === 'gene' ? geneNames().indexOf(colourBy.name) : -1;
  const wanted = [
    ...(coloured >= 0 ? [coloured] : []),
    ...(markers?.up ?? []).filter(({ score }) => score > 0).map(({ gene }) => gene),
    ...(differences ? [...differences.up, ...differences.down] : [])
      .sort((a, b) => Math.abs(b.score) - Math.abs(a.score))
      .map(({ gene }) => gene),
  ];
  return [...new Set(wanted)].slice(0, mostDrawn);
}
