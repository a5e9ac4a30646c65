/** @file What the map can be coloured by, as groups of a list; genes by search. */
import { findGenes, nearestGenes } from '../../state/gene-index.ts';
import { featureWords, openKinds } from '../../state/kinds.ts';
import { get } from '../../state/store.ts';
import type { ColourBy, DataState, SyntheticState } from '../../state/types.ts';
import { distanceName, hitName, qualityName } from './colouring.ts';

/** One entry of the list. */
export interface ColourChoice {
  /** Unique in the list. */
  readonly id: string;
  readonly label: string;
  readonly note: string;
  readonly colourBy: ColourBy;
}

/** Entries under one heading. */
export interface ColourGroup {
  readonly name: string;
  readonly choices: readonly ColourChoice[];
}

const mostGenes = 40;
const genesBeforeTyping = 8;

/** Identity of a colouring, equal to the id of its entry. */
export function colourId(colourBy: ColourBy): string {
  if (colourBy.kind === 'distance' || colourBy.kind === 'hit') return colourBy.kind;
  return `${colourBy.kind} ${colourBy.name}`;
}

/** A colouring in words. */
export function colourLabel(colourBy: ColourBy): string {
  if (colourBy.kind === 'distance') return distanceName;
  if (colourBy.kind === 'hit') return hitName;
  return colourBy.kind === 'qc' ? qualityName(colourBy.name, get().data) : colourBy.name;
}

function choice(colourBy: ColourBy, note = ''): ColourChoice {
  return { id: colourId(colourBy), label: colourLabel(colourBy), note, colourBy };
}

/** Groups of choices that match the text (all, and a few genes, when it is empty); empty groups are left out. */
export function colourGroups(
  text: string,
  data: Pick<DataState, 'columns' | 'summary' | 'qc'>,
  synthetic: Pick<SyntheticState, 'distance' | 'hitShare'>,
): ColourGroup[] {
  const wanted = text.trim().toLowerCase();
  const fits = ({ label }: ColourChoice): boolean => label.toLowerCase().includes(wanted);
  const columns = (data.summary?.obs ?? [])
    .filter(({ name }) => data.columns[name] !== undefined)
    .map(({ name, kind, categories }) =>
      choice({ kind: 'obs', name }, kind === 'number' ? 'numbers' : `${categories.length} values`),
    );
  const quality = data.qc
    ? (['counts', 'genes', 'mito'] as const)
        .filter((name) => name !== 'mito' || data.qc?.mito)
        .map((name) => choice({ kind: 'qc', name }))
    : [];
  const distance = synthetic.distance
    ? [
        choice({ kind: 'distance' }, 'synthetic cells'),
        ...(synthetic.hitShare ? [choice({ kind: 'hit' }, 'synthetic cells')] : []),
      ]
    : [];
  const genes = findGenes(text, wanted === '' ? genesBeforeTyping : mostGenes).map((name) =>
    choice({ kind: 'gene', name }),
  );
  const { many } = featureWords(openKinds(data.summary));
  const features = many === 'features' ? 'Genes and peaks' : many === 'peaks' ? 'Peaks' : 'Genes';
  return [
    { name: 'Attributes', choices: columns.filter(fits) },
    { name: 'Quality', choices: quality.filter(fits) },
    { name: 'Synthetic cells', choices: distance.filter(fits) },
    { name: wanted === '' ? `${features}: type to search` : features, choices: genes },
  ].filter(({ choices }) => choices.length > 0);
}

/** What to say when nothing matches. */
export function nothingFound(text: string): string {
  const near = nearestGenes(text, 1)[0];
  return near === undefined
    ? `No gene called '${text.trim()}'.`
    : `No gene called '${text.trim()}'. Did you mean ${near}?`;
}
