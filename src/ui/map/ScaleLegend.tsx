/** @file The legend of a number: title, colour bar with its values, unit, and how many cells of each kind. */
import { isGenes, kindOfFeature } from '../../state/kinds.ts';
import { scaleLinear } from 'd3-scale';
import { setGeneScale } from '../../state/actions/index.ts';
import { formatNumber } from '../../state/format.ts';
import type { NumberColouring } from './colouring.ts';
import { sequenceGradient, sequenceNames } from './colour-scale.ts';
import { setRange, setSequence } from '../../state/actions/explore.ts';
import { useExplore, type SequenceName } from '../../state/explore.ts';
import { Choice } from '../controls/Choice.tsx';
import { KindMark } from './KindMark.tsx';

/** Properties of the number legend. */
export interface ScaleLegendProps {
  readonly colouring: NumberColouring;
  readonly dark: boolean;
  readonly real: number;
  readonly synthetic: number | null;
}

/** Share of the range that a tick keeps from the high end's own label. */
const clear = 0.18;

/** Ticks of a colour bar: round values, and the exact upper end. */
export function scaleTicks(low: number, high: number): { value: number; text: string }[] {
  const scale = scaleLinear().domain([low, high]);
  const format = scale.tickFormat(4);
  const text = (value: number): string =>
    high >= 1000 ? formatNumber(value) : format(value).replace('-', '\u2212');
  const inside = scale
    .ticks(4)
    .filter((value) => (high - value) / (high - low) > clear || value === high);
  const ticks = inside.map((value) => ({ value, text: text(value) }));
  if (inside.at(-1) === high) return ticks;
  const top = high >= 1000 ? formatNumber(high) : Number(high.toPrecision(2)).toString();
  return [...ticks, { value: high, text: top.replace('-', '\u2212') }];
}

/** Colour bar from the lowest to the highest value drawn; values beyond take the end colours. */
export function ScaleLegend({ colouring, dark, real, synthetic }: ScaleLegendProps) {
  const { title, unit, range, loading, geneScale } = colouring;
  const sequence = useExplore((state) => state.sequence);
  const empty = colouring.real === null && colouring.synthetic === null;
  const share = (value: number): number => (value - range.low) / (range.high - range.low);
  return (
    <div className="scale">
      <h3>{title}</h3>
      {loading && empty ? (
        <p>Reading {title} …</p>
      ) : (
        <div className="bar-row">
          <div
            className="colours"
            style={{ background: sequenceGradient(dark, 'to top', sequence) }}
          />
          <div className="marks">
            {scaleTicks(range.low, range.high).map(({ value, text }) => (
              <span key={value} style={{ bottom: `${4 + 92 * share(value)}%` }}>
                {text}
              </span>
            ))}
          </div>
        </div>
      )}
      {unit !== '' && <p className="unit">{unit}</p>}
      <ScaleChoices colouring={colouring} sequence={sequence} />
      {geneScale && (
        <button
          type="button"
          className="link"
          onClick={() => setGeneScale(geneScale === 'log' ? 'counts' : 'log')}
        >
          {geneScale === 'log'
            ? 'Show counts'
            : isGenes(kindOfFeature(title))
              ? 'Show logarithms'
              : 'Show which have it'}
        </button>
      )}
      <div className="kinds">
        <span className="row">
          <KindMark kind="real" />
          real, {formatNumber(real)}
        </span>
        {synthetic !== null && (
          <span className="row">
            <KindMark kind="synthetic" />
            synthetic, {formatNumber(synthetic)}
          </span>
        )}
      </div>
    </div>
  );
}

const sequences = Object.entries(sequenceNames).map(([value, label]) => ({ value, label }));

/** Which sequence, and where its upper end lies: empty is the 99th percentile. */
function ScaleChoices({
  colouring,
  sequence,
}: {
  readonly colouring: NumberColouring;
  readonly sequence: SequenceName;
}) {
  const { title, range } = colouring;
  return (
    <div className="choices">
      <Choice
        label="Colours of the scale"
        entries={sequences}
        value={sequence}
        onChange={(next) => setSequence(next as SequenceName)}
      />
      <label className="row">
        up to
        <input
          type="number"
          className="field"
          aria-label="Upper end of the scale"
          step="any"
          key={`${title} ${range.high}`}
          defaultValue={Number(range.high.toPrecision(3))}
          onBlur={(event) => setRange(title, range.low, event.currentTarget.valueAsNumber)}
          onKeyDown={(event) => {
            if (event.key === 'Enter')
              setRange(title, range.low, event.currentTarget.valueAsNumber);
          }}
        />
      </label>
    </div>
  );
}
