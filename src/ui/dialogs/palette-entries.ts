/** @file What the palette finds: commands, steps, attributes with their values, colourings, genes. */
import {
  generate,
  goTo,
  openDemo,
  openTissue,
  openExport,
  openKeys,
  requestFit,
  saveModel,
  setColourBy,
  setOverlay,
  setTheme,
  setValue,
  toggleDrawer,
  train,
} from '../../state/actions/index.ts';
import { chooseMap } from '../../state/actions/map-choice.ts';
import { findGenes } from '../../state/gene-index.ts';
import type { StudioState } from '../../state/types.ts';
import { chooseFile } from '../frame/OpenFile.tsx';

/** How many attribute values, columns and genes are listed at most. */
const ACTIONS_LIMIT = 12;
const GENES_LIMIT = 12;

/** One line of the palette. */
export interface PaletteEntry {
  readonly id: string;
  readonly group: 'Do' | 'Steer' | 'Colour by' | 'Genes';
  readonly label: string;
  readonly hint: string;
  readonly run: () => void;
}

function doEntries({ data, model, synthetic }: StudioState): PaletteEntry[] {
  const list: PaletteEntry[] = [];
  const add = (label: string, hint: string, run: () => void, possible = true): void => {
    if (possible) list.push({ id: `do/${label}`, group: 'Do', label, hint, run });
  };
  const ready = model.status === 'ready';
  const cells = ready && synthetic.sampleId !== null;
  add('Open a file', 'O', chooseFile);
  add('Open the demo', '', () => void openDemo(), data.origin !== 'demo');
  add('Open the simulated tissue', '', () => void openTissue());
  add('Go to Data', '1', () => goTo('data'));
  add('Go to Model', '2', () => goTo('model'), data.status === 'ready');
  add('Go to Generate', '3', () => goTo('generate'), ready);
  add('Go to Check', '4', () => goTo('check'), ready);
  add('Go to Apply', '6', () => goTo('apply'), ready);
  add('Go to Perturb', '7', () => goTo('perturb'), ready && model.info?.screen !== undefined);
  const trainable = data.status === 'ready' && (ready || model.status === 'none');
  add('Train a model', '', () => void train(), trainable);
  add('Generate cells', 'G', () => void generate(), ready);
  add('Export cells', 'E', () => openExport(true), cells);
  add('Save the model as a file', '', () => void saveModel(), ready);
  add('Show the UMAP', 'U', () => setOverlay('umap'));
  add('Show the PCA', 'P', () => setOverlay('pca'));
  const own = data.status === 'ready' && (data.summary?.maps.length ?? 0) > 0;
  const [first = null] = data.summary?.maps ?? [];
  add('Make a UMAP here', '', () => void chooseMap(null), own && data.mapKey !== null);
  add(`Show the file’s map ${first ?? ''}`, '', () => void chooseMap(first), own && data.mapKey === null); // prettier-ignore
  add('Fit the map', 'F', requestFit);
  add('Training curves', 'T', () => toggleDrawer('training'));
  add('Verdict', 'V', () => toggleDrawer('verdict'), ready);
  add('Use the light theme', '', () => setTheme('light'));
  add('Use the dark theme', '', () => setTheme('dark'));
  add('Use the theme of the system', '', () => setTheme('system'));
  add('List of keys', '?', () => openKeys(true));
  return list;
}

function steerEntries({ model }: StudioState): PaletteEntry[] {
  if (model.status !== 'ready' || model.info === null) return [];
  return model.info.attributes.flatMap(({ name, categories }) =>
    categories.map((category): PaletteEntry => ({
      id: `steer/${name}/${category}`,
      group: 'Steer',
      label: category,
      hint: name,
      run: () => {
        setValue(name, category);
        goTo('generate');
      },
    })),
  );
}

function colourEntries({ data, synthetic }: StudioState): PaletteEntry[] {
  const columns = (data.summary?.obs ?? []).filter(({ name }) => name in data.columns);
  const entries = columns.map(({ name }): PaletteEntry => ({
    id: `colour/${name}`,
    group: 'Colour by',
    label: name,
    hint: 'colour by',
    run: () => setColourBy({ kind: 'obs', name }),
  }));
  if (synthetic.distance !== null) {
    entries.push({
      id: 'colour//distance',
      group: 'Colour by',
      label: 'Distance to the nearest real cell',
      hint: 'colour by',
      run: () => setColourBy({ kind: 'distance' }),
    });
    entries.push({
      id: 'colour//hit',
      group: 'Colour by',
      label: 'Hit probability',
      hint: 'colour by',
      run: () => setColourBy({ kind: 'hit' }),
    });
  }
  return entries;
}

function geneEntries(text: string): PaletteEntry[] {
  return findGenes(text, GENES_LIMIT).map((gene) => ({
    id: `gene/${gene}`,
    group: 'Genes',
    label: gene,
    hint: 'colour by gene',
    run: () => setColourBy({ kind: 'gene', name: gene }),
  }));
}

/** Entries for a typed text; without one the commands, or for 'genes' the first genes. */
export function paletteEntries(
  state: StudioState,
  text: string,
  about: 'all' | 'genes',
): PaletteEntry[] {
  const wanted = text.trim().toLowerCase();
  if (about === 'genes') return geneEntries(wanted);
  if (wanted === '') return doEntries(state);
  const fits = ({ label, hint }: PaletteEntry): boolean =>
    label.toLowerCase().includes(wanted) || hint.toLowerCase() === wanted;
  const found = [
    ...doEntries(state).filter(fits),
    ...steerEntries(state).filter(fits).slice(0, ACTIONS_LIMIT),
    ...colourEntries(state).filter(fits).slice(0, ACTIONS_LIMIT),
  ];
  return [...found, ...geneEntries(wanted)];
}
