/** @file Plots over cells or genes as a whole: histograms, quantiles against quantiles, variance against mean. */
import {
  cellValues,
  momentsOfGenes,
  type CellMeasure,
  type CellValues,
} from '../../state/actions/plots.ts';
import { formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Empty } from '../controls/Note.tsx';
import { expressionUnit } from './GenePlots.tsx';
import { histogramBins, HistogramPlot, sharedRange } from './HistogramPlot.tsx';
import { genesByMean, MeanVariancePlot, mostGenesDrawn } from './MeanVariancePlot.tsx';
import { PlotFigure } from './PlotFigure.tsx';
import { qqPoints, QqPlot } from './QqPlot.tsx';
import { evenQuantiles, histogramShares, tickText } from './scales.ts';
import { useAsked } from './use-asked.ts';

const names: Readonly<Record<string, readonly [string, string]>> = {
  totals: ['Counts per cell', 'counts'],
  detected: ['Genes per cell', 'genes'],
};

/** Properties of the plots. */
export interface CellPlotsProps {
  readonly kind: 'histogram' | 'qq' | 'moments';
  readonly measure: string;
  readonly gene: string;
}

/** Asks for the numbers and draws them. */
export function CellPlots({ kind, measure, gene }: CellPlotsProps) {
  return kind === 'moments' ? <Moments /> : <Values kind={kind} measure={measure} gene={gene} />;
}

const wait = <p className="plot-wait">Reading the counts …</p>;
const noSynthetic = (
  <Empty
    missing="No synthetic cells yet"
    advice="Quantiles compare them with real ones: generate some."
  />
);

function Values({ kind, measure, gene }: CellPlotsProps) {
  const sample = useStudio((state) => state.synthetic.sampleId);
  const file = useStudio((state) => state.data.summary?.fileName ?? '');
  const own: CellMeasure = measure === 'totals' || measure === 'detected' ? measure : { gene };
  const [name, unit] = names[measure] ?? [gene, expressionUnit];
  const { answer, waiting } = useAsked([measure, gene, sample, file].join('|'), () => cellValues(own)); // prettier-ignore
  if (!answer) return waiting ? wait : <Empty missing="Nothing to draw" advice="Choose a gene of this file." />; // prettier-ignore
  if (kind === 'qq' && answer.synthetic.length === 0) return noSynthetic;
  return kind === 'qq' ? (
    <Quantiles values={answer} name={name} unit={unit} />
  ) : (
    <Histogram values={answer} name={name} unit={unit} />
  );
}

interface ValuesProps {
  readonly values: CellValues;
  readonly name: string;
  readonly unit: string;
}

function countsOf({ real, synthetic }: CellValues): string {
  const made = synthetic.length > 0 ? ` and ${formatNumber(synthetic.length)} synthetic` : '';
  return `${formatNumber(real.length)} real${made} cells`;
}

function medians({ real, synthetic }: CellValues): string {
  const middle = (values: Float32Array): string => tickText(evenQuantiles(values, 1)[0]);
  const made = synthetic.length > 0 ? `, of synthetic cells ${middle(synthetic)}` : '';
  return `Median of real cells ${middle(real)}${made}.`;
}

function Histogram({ values, name, unit }: ValuesProps) {
  const [low, high] = sharedRange(values);
  const share = (own: Float32Array): number[] => histogramShares(own, low, high, histogramBins);
  const real = share(values.real);
  const made = values.synthetic.length > 0 ? share(values.synthetic) : null;
  const start = (bin: number): number => low + ((high - low) * bin) / histogramBins;
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const marks = real.map((own, bin) => `${tickText(start(bin))} to ${tickText(start(bin + 1))} ${unit}: ${percent(own)} of real${made ? `, ${percent(made[bin])} of synthetic` : ''} cells.`); // prettier-ignore
  return (
    <PlotFigure
      title={name}
      kind={`histogram-${name.toLowerCase().replaceAll(' ', '-')}`}
      says={`Histograms of ${name}, ${countsOf(values)}. ${medians(values)}`}
      caption={`${name} of ${countsOf(values)}: real filled, synthetic as a line, as shares of their kind. ${medians(values)}`}
      marks={marks}
      table={{
        head: ['from', 'to', 'share of real', 'share of synthetic'],
        rows: real.map((own, bin) => [start(bin), start(bin + 1), own, made?.[bin] ?? '']),
      }}
      least={300}
      leastHeight={170}
    >
      {({ width, height, active }) => (
        <HistogramPlot {...{ values, unit, width, height, active }} />
      )}
    </PlotFigure>
  );
}

function Quantiles({ values, name, unit }: ValuesProps) {
  const real = evenQuantiles(values.real, qqPoints);
  const made = evenQuantiles(values.synthetic, qqPoints);
  const share = (i: number): string => `${((100 * (i + 0.5)) / qqPoints).toFixed(1)} %`;
  return (
    <PlotFigure
      title={`${name}, quantiles`}
      kind={`qq-${name.toLowerCase().replaceAll(' ', '-')}`}
      says={`Quantiles of ${name} of synthetic against real cells, ${countsOf(values)}. ${medians(values)}`}
      caption={`Quantiles of ${name} of synthetic cells against those of real cells, ${countsOf(values)}; on the diagonal they are equal.`}
      marks={real.map((own, i) => `Quantile ${share(i)}: real ${tickText(own)}, synthetic ${tickText(made[i])}.`)} // prettier-ignore
      table={{
        head: ['quantile', 'real', 'synthetic'],
        rows: real.map((own, i) => [share(i), own, made[i]]),
      }}
      least={320}
      leastHeight={200}
    >
      {({ width, height, active }) => <QqPlot {...{ values, unit, width, height, active }} />}
    </PlotFigure>
  );
}

function Moments() {
  const sample = useStudio((state) => state.synthetic.sampleId);
  const file = useStudio((state) => state.data.summary?.fileName ?? '');
  const { answer, waiting } = useAsked(`moments|${sample}|${file}`, momentsOfGenes);
  if (!answer) return waiting ? wait : <Empty missing="Nothing to draw" advice="Open a file with counts." />; // prettier-ignore
  const genes = genesByMean(answer, mostGenesDrawn);
  const some = genes.length < answer.genes.length ? `, ${formatNumber(genes.length)} of ${formatNumber(answer.genes.length)} drawn` : ''; // prettier-ignore
  const text = (value: number): string => (Number.isFinite(value) ? tickText(value) : 'none');
  return (
    <PlotFigure
      title="Mean and variance of genes"
      kind="mean-variance"
      says={`Variance against mean of the counts of ${formatNumber(answer.genes.length)} genes on log axes, real and synthetic${some}.`}
      caption={`Variance against mean of the counts of each gene in real (grey) and synthetic cells${some}; line: Poisson.`}
      marks={genes.map((g) => `${answer.names[g]}: real mean ${text(answer.realMean[g])}, variance ${text(answer.realVariance[g])}; synthetic ${text(answer.syntheticMean[g])}, ${text(answer.syntheticVariance[g])}.`)} // prettier-ignore
      table={{
        head: ['gene', 'real mean', 'real variance', 'synthetic mean', 'synthetic variance'],
        rows: genes.map((g) => [answer.names[g], answer.realMean[g], answer.realVariance[g], answer.syntheticMean[g], answer.syntheticVariance[g]]), // prettier-ignore
      }}
      least={340}
      leastHeight={200}
    >
      {({ width, height, active }) => (
        <MeanVariancePlot moments={answer} {...{ genes, width, height, active }} />
      )}
    </PlotFigure>
  );
}
