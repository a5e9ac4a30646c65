/** @file The Plots drawer: one plot at a time, of a gene, of genes, or of cells, always real beside synthetic. */
import { useState } from 'react';
import { useExplore } from '../../state/explore.ts';
import { findGenes } from '../../state/gene-index.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';
import { Empty } from '../controls/Note.tsx';
import { CellPlots } from './CellPlots.tsx';
import { GeneField } from './GeneField.tsx';
import { GenePlots } from './GenePlots.tsx';
import './plot-figure.css';
import { WeightPlots } from './WeightPlots.tsx';

const kinds = [
  { value: 'violin', label: 'Violins' },
  { value: 'dots', label: 'Dot plot' },
  { value: 'heat', label: 'Heat map' },
  { value: 'histogram', label: 'Histograms' },
  { value: 'qq', label: 'QQ' },
  { value: 'moments', label: 'Mean and variance' },
  { value: 'confusion', label: 'Confusion' },
  { value: 'weights', label: 'Weights 0, 1, 2, 4' },
] as const;

/** Kinds of plots. */
export type PlotKind = (typeof kinds)[number]['value'];

const measures = [
  { value: 'totals', label: 'Counts per cell' },
  { value: 'detected', label: 'Genes per cell' },
  { value: 'gene', label: 'One gene' },
];

/** Chooser at the left, plot at the right. */
export function PlotsView() {
  const status = useStudio((state) => state.data.status);
  const attributes = useAttributes();
  const coloured = useStudio(({ look }) =>
    look.colourBy?.kind === 'gene' ? look.colourBy.name : null,
  );
  const [kind, setKind] = useState<PlotKind>('violin');
  const [chosen, setAttribute] = useState<string | null>(null);
  const [own, setGene] = useState<string | null>(null);
  const [genes, setGenes] = useState<readonly string[]>([]);
  const [measure, setMeasure] = useState('totals');
  const study = useExplore((state) => state.study.status);
  if (status !== 'ready')
    return <Empty missing="Nothing to plot yet" advice="Open a file; its counts are read first." />;
  const attribute = chosen !== null && attributes.includes(chosen) ? chosen : (attributes[0] ?? '');
  // without a choice the first marker is drawn, or any gene where there is none
  const gene = own ?? coloured ?? '';
  const grouped = ['violin', 'dots', 'heat', 'confusion', 'weights'].includes(kind);
  const many = kind === 'dots' || kind === 'heat';
  const single =
    kind === 'violin' || ((kind === 'histogram' || kind === 'qq') && measure === 'gene');
  return (
    <div className="plots-view">
      <div className="plot-choices">
        <label className="lab" aria-hidden="true">
          Plot
        </label>
        <Choice
          label="Plot"
          entries={kinds}
          value={kind}
          onChange={(next) => setKind(next as PlotKind)}
        />
        {(kind === 'histogram' || kind === 'qq') && (
          <Choice label="Of" entries={measures} value={measure} onChange={setMeasure} />
        )}
        {grouped && attributes.length > 0 && (
          <Choice
            label="Groups"
            entries={attributes.map((name) => ({ value: name, label: name }))}
            value={attribute}
            onChange={setAttribute}
          />
        )}
        {single && <GeneField label="Gene" value={gene} onChange={([next]) => setGene(next)} />}
        {many && (
          <GeneField
            label="Genes, empty for markers"
            value={genes.join(' ')}
            onChange={(next) => setGenes(next)}
          />
        )}
        {study === 'reading' && <p className="mute">Reading the counts …</p>}
      </div>
      <div className="plot-place">
        {kind === 'violin' || kind === 'dots' || kind === 'heat' ? (
          <GenePlots kind={kind} attribute={attribute} gene={gene} genes={genes} />
        ) : kind === 'weights' || kind === 'confusion' ? (
          <WeightPlots kind={kind} attribute={attribute} />
        ) : (
          <CellPlots
            kind={kind}
            measure={measure}
            gene={gene === '' ? (findGenes('', 1)[0] ?? '') : gene}
          />
        )}
      </div>
    </div>
  );
}

/** Categorical columns: attributes of the model first, then the chosen and proposed ones. */
function useAttributes(): readonly string[] {
  const model = useStudio((state) => state.model.info?.attributes);
  const chosen = useStudio((state) => state.choices.attributes);
  const obs = useStudio((state) => state.data.summary?.obs);
  const columns = useStudio((state) => state.data.columns);
  const usable = (obs ?? []).filter(
    ({ name, kind, categories }) =>
      name in columns && kind !== 'number' && categories.length > 1 && categories.length <= 200,
  );
  const names = new Set([
    ...(model ?? []).map(({ name }) => name),
    ...chosen,
    ...usable.map(({ name }) => name),
  ]);
  return [...names].filter((name) => usable.some((column) => column.name === name));
}
