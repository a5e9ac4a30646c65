/** @file The Plots drawer: one plot at a time, of a gene, of genes, of cells or of the training; real beside synthetic. */
import { useState, type ReactNode } from 'react';
import { useExplore } from '../../state/explore.ts';
import { findGenes } from '../../state/gene-index.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';
import { Empty } from '../controls/Note.tsx';
import { CellPlots } from './CellPlots.tsx';
import { GeneField } from './GeneField.tsx';
import { GenePlots } from './GenePlots.tsx';
import { LossFigure, type LossStage } from './LossFigure.tsx';
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
  { value: 'loss', label: 'Training loss' },
] as const;

/** Kinds of plots. */
export type PlotKind = (typeof kinds)[number]['value'];

const measures = [
  { value: 'totals', label: 'Counts per cell' },
  { value: 'detected', label: 'Genes per cell' },
  { value: 'gene', label: 'One gene' },
];

const stages = [
  { value: 'autoencoder', label: 'Autoencoder' },
  { value: 'flow', label: 'Flow' },
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
  const [stage, setStage] = useState<LossStage>('flow');
  const [drawn, setDrawn] = useState<readonly string[]>([]);
  const study = useExplore((state) => state.study.status);
  if (status !== 'ready')
    return <Empty missing="Nothing to plot yet" advice="Open a file; its counts are read first." />;
  const attribute = chosen !== null && attributes.includes(chosen) ? chosen : (attributes[0] ?? '');
  // without a choice the first marker is drawn, or any gene where there is none
  const gene = own ?? coloured ?? '';
  const anyGene = gene === '' ? (findGenes('', 1)[0] ?? '') : gene;
  const grouped = ['violin', 'dots', 'heat', 'confusion', 'weights'].includes(kind);
  const many = kind === 'dots' || kind === 'heat';
  const measured = kind === 'histogram' || kind === 'qq';
  const single = kind === 'violin' || (measured && measure === 'gene');
  const shownGene = kind === 'violin' && gene === '' ? (drawn[0] ?? '') : anyGene;
  return (
    <div className="plots-view">
      <div className="plot-choices">
        <Field name="Plot">
          <Choice
            label="Plot"
            entries={kinds}
            value={kind}
            onChange={(next) => setKind(next as PlotKind)}
          />
        </Field>
        {measured && (
          <Field name="Of">
            <Choice label="Of" entries={measures} value={measure} onChange={setMeasure} />
          </Field>
        )}
        {kind === 'loss' && (
          <Field name="Of">
            <Choice
              label="Of"
              entries={stages}
              value={stage}
              onChange={(next) => setStage(next as LossStage)}
            />
          </Field>
        )}
        {grouped && attributes.length > 0 && (
          <Field name="Groups">
            <Choice
              label="Groups"
              entries={attributes.map((name) => ({ value: name, label: name }))}
              value={attribute}
              onChange={setAttribute}
            />
          </Field>
        )}
        {single && (
          <Field name="Gene">
            <GeneField label="Gene" value={shownGene} onChange={([next]) => setGene(next)} />
          </Field>
        )}
        {many && (
          <Field name="Genes, empty for markers">
            <GeneField
              label="Genes, empty for markers"
              value={genes.join(' ')}
              empty={drawn.join(' ')}
              onChange={(next) => setGenes(next)}
            />
          </Field>
        )}
        {study === 'reading' && <p className="mute">Reading the counts …</p>}
      </div>
      <div className="plot-place">
        {kind === 'loss' ? (
          <Loss stage={stage} />
        ) : kind === 'violin' || kind === 'dots' || kind === 'heat' ? (
          <GenePlots {...{ kind, attribute, gene, genes }} onDrawn={setDrawn} />
        ) : kind === 'weights' || kind === 'confusion' ? (
          <WeightPlots kind={kind} attribute={attribute} />
        ) : (
          <CellPlots kind={kind} measure={measure} gene={anyGene} />
        )}
      </div>
    </div>
  );
}

/** A control under its name; the control itself carries the accessible one. */
function Field({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="plot-field">
      <span className="lab" aria-hidden="true">
        {name}
      </span>
      {children}
    </div>
  );
}

function Loss({ stage }: { readonly stage: LossStage }) {
  const begun = useStudio(
    ({ model: { curves } }) => curves.autoencoder.length + curves.flow.length > 0,
  );
  if (!begun)
    return <Empty missing="No curves here" advice="This model was not trained in this visit." />;
  return <LossFigure key={stage} stage={stage} />;
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
