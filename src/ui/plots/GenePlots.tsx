/** @file Plots of genes by category: violins of one gene, dots and a heat map of several. */
import { useEffect } from 'react';
import {
  expressionByGroup,
  markersByGroup,
  type GroupExpression,
} from '../../state/actions/plots.ts';
import { useExplore } from '../../state/explore.ts';
import { formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Empty } from '../controls/Note.tsx';
import { DotPlot, gridMarks, gridLeast } from './DotPlot.tsx';
import { HeatMap } from './HeatMap.tsx';
import { PlotFigure, type PlotTable } from './PlotFigure.tsx';
import { useAsked } from './use-asked.ts';
import { ViolinPlot, violinText, type ViolinPair } from './ViolinPlot.tsx';

/** Unit of every expression axis. */
export const expressionUnit = 'log(1 + count per 10,000)';

const markersEach = 2;

/** What a group table's figures say, one row a group and gene. */
export function expressionTable({ genes, groups }: GroupExpression): PlotTable {
  return {
    head: ['category', 'gene', 'real cells', 'real mean', 'real median', 'real share', 'synthetic cells', 'synthetic mean', 'synthetic median', 'synthetic share'], // prettier-ignore
    rows: groups.flatMap(({ name, real, synthetic }) =>
      genes.map((gene, g) => {
        const made = synthetic?.[g];
        const own = real[g];
        const right = made ? [made.cells, made.mean, made.median, made.fraction] : ['', '', '', ''];
        return [name, gene, own.cells, own.mean, own.median, own.fraction, ...right];
      }),
    ),
  };
}

/** Properties of the plots. */
export interface GenePlotsProps {
  readonly kind: 'violin' | 'dots' | 'heat';
  readonly attribute: string;
  /** Empty: the first marker. */
  readonly gene: string;
  /** Empty: the categories' markers. */
  readonly genes: readonly string[];
  /** Told which genes are drawn, also when nobody chose them. */
  readonly onDrawn: (genes: readonly string[]) => void;
}

/** Asks for the numbers and draws them. */
export function GenePlots({ kind, attribute, gene, genes, onDrawn }: GenePlotsProps) {
  const sample = useStudio((state) => state.synthetic.sampleId);
  const file = useStudio((state) => state.data.summary?.fileName ?? '');
  const sequence = useExplore((state) => state.sequence);
  const wanted = kind !== 'violin' ? genes : gene === '' ? [] : [gene];
  const question = [kind === 'violin' ? 'one' : 'many', attribute, wanted.join(' '), sample, file].join('|'); // prettier-ignore
  const { answer, waiting } = useAsked(question, async () => {
    const list = wanted.length > 0 ? wanted : await markersByGroup(attribute, markersEach);
    return expressionByGroup(kind === 'violin' ? list.slice(0, 1) : list, attribute);
  });
  const drawn = answer?.genes ?? null;
  useEffect(() => {
    if (drawn) onDrawn(drawn);
  }, [drawn, onDrawn]);
  if (!answer)
    return waiting ? (
      <p className="plot-wait">
        {wanted.length > 0 ? 'Reading the counts …' : 'Looking for markers …'}
      </p>
    ) : (
      <Empty
        missing="Nothing to draw"
        advice="Choose a gene of this file and an attribute with two values or more."
      />
    );
  const both = answer.groups[0]?.synthetic !== null;
  const kinds = both ? 'real and synthetic cells' : 'real cells';
  const left = answer.leftOut > 0 ? ` The ${answer.leftOut} smallest values are left out.` : '';
  if (kind === 'violin') {
    const pairs: ViolinPair[] = answer.groups.map(({ name, real, synthetic }) => ({
      name,
      real: real[0],
      synthetic: synthetic?.[0] ?? null,
    }));
    const title = `${answer.genes[0]} by ${attribute}`;
    const marks = pairs.map((pair) => violinText(pair));
    return (
      <PlotFigure
        title={title}
        kind={`violin-${answer.genes[0]}`}
        says={`Violins of ${title}, ${kinds}. ${marks.join(' ')}${left}`}
        caption={`Expression of ${answer.genes[0]} by ${attribute}, ${expressionUnit}: real cells left, synthetic cells right; line: median; numbers: cells.${left}`}
        marks={marks}
        table={expressionTable(answer)}
        least={90 + 46 * pairs.length}
        leastHeight={170}
      >
        {({ width, height, active }) => (
          <ViolinPlot {...{ pairs, width, height, active }} unit={expressionUnit} />
        )}
      </PlotFigure>
    );
  }
  const name = kind === 'dots' ? 'Dot plot' : 'Heat map';
  const title = `${formatNumber(answer.genes.length)} genes by ${attribute}`;
  const Plot = kind === 'dots' ? DotPlot : HeatMap;
  const halves = kind === 'dots' ? 'left halves real, right halves synthetic cells; size: share of cells with counts; shade: mean' : 'upper halves real, lower halves synthetic cells; shade: mean'; // prettier-ignore
  return (
    <PlotFigure
      key={sequence}
      title={title}
      kind={kind === 'dots' ? 'dot-plot' : 'heat-map'}
      says={`${name} of ${title}, ${kinds}: ${answer.genes.join(', ')}.${left}`}
      caption={`${name} of ${title}: ${halves} ${expressionUnit}, scaled to each gene's largest.${left}`}
      marks={gridMarks(answer)}
      table={expressionTable(answer)}
      least={gridLeast(answer)}
      leastHeight={70 + 16 * answer.groups.length}
    >
      {({ width, height, active, dark }) => (
        <Plot data={answer} {...{ width, height, active, dark, sequence }} />
      )}
    </PlotFigure>
  );
}
