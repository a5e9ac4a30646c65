/** @file Which cells go into training: limits on counts, genes and mitochondrial share, each on its histogram. */
import { useMemo } from 'react';
import { setMitoMax, setRange, suggestLimits } from '../../state/actions/index.ts';
import { floatArray } from '../../state/array-registry.ts';
import { keptCells } from '../../state/data-view.ts';
import { formatNumber } from '../../state/format.ts';
import { isGenes, measuredKind } from '../../state/kinds.ts';
import { useStudio } from '../../state/store.ts';
import type { Range } from '../../state/types.ts';
import { ThresholdHistogram } from '../plots/ThresholdHistogram.tsx';
import { keptText } from './kept-text.ts';

/** "Cells to keep 2,566 of 2,618" and the histograms. */
export function CellsBlock() {
  const data = useStudio((state) => state.data);
  const choices = useStudio((state) => state.choices);
  const measured = measuredKind(data.summary);
  const words = measured && !isGenes(measured) ? 'Peaks' : 'Genes';
  const { kept, of, outside } = useMemo(() => keptCells(choices, data), [choices, data]);
  const { qc } = data;
  if (qc === null) return null;
  return (
    <section className="block">
      <h3>
        Cells to keep
        <span className="aside">
          {formatNumber(kept)} of {formatNumber(of)}
        </span>
      </h3>
      <div className="two">
        <Limits
          label="Counts per cell"
          id={qc.counts}
          log
          range={choices.counts}
          onChange={(range) => setRange('counts', range)}
        />
        <Limits
          label={`${words} per cell`}
          id={qc.genes}
          range={choices.genes}
          onChange={(range) => setRange('genes', range)}
        />
        {qc.mito !== null && (
          <Limits
            label="Mitochondrial counts"
            unit="%"
            upperOnly
            id={qc.mito}
            range={{ min: null, max: choices.mitoMax }}
            onChange={(range) => setMitoMax(range.max)}
          />
        )}
      </div>
      <p className="small">
        {keptText(kept, of, outside)}{' '}
        <button
          type="button"
          className="link"
          title="5 median absolute deviations from the median of log counts and log features; 3 above for mitochondrial counts"
          onClick={suggestLimits}
        >
          Suggest limits
        </button>
      </p>
      {qc.mito === null && words === 'Genes' && (
        <p className="small">No mitochondrial genes in this file, so that filter is off.</p>
      )}
    </section>
  );
}

function Limits(props: {
  label: string;
  unit?: string;
  id: string;
  log?: boolean;
  upperOnly?: boolean;
  range: Range;
  onChange: (range: Range) => void;
}) {
  const { label, unit, id, log = false, upperOnly = false, range, onChange } = props;
  const values = floatArray(id);
  if (values === null) return null;
  return (
    <ThresholdHistogram
      label={label}
      values={values}
      log={log}
      upperOnly={upperOnly}
      range={range}
      onChange={onChange}
      {...(unit === undefined ? {} : { unit })}
    />
  );
}
