/** @file Where the counts were found and why; other candidates on request. */
import { useId, useState } from 'react';
import type { CountsSource } from '../../protocol/dataset.ts';
import { chooseSource } from '../../state/actions/index.ts';
import { formatDecimal, formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Icon } from '../controls/Icon.tsx';
import { Note } from '../controls/Note.tsx';

/** How anndata writes a place: layers['counts'], X, raw.X. */
export function placeName(where: string): string {
  if (where.startsWith('layers/')) return `layers['${where.slice('layers/'.length)}']`;
  return where === 'raw/X' ? 'raw.X' : where;
}

/** "Found in layers['counts']: …", with Change; or the offer to undo the logarithm. */
export function CountsBlock() {
  const sources = useStudio((state) => state.data.summary?.counts ?? null);
  const where = useStudio((state) => state.choices.source);
  const [changing, setChanging] = useState(false);
  if (sources === null) return null;
  const chosen = sources.find((source) => source.where === where);
  const offered = sources.find(({ undo, roundable }) => undo !== null || roundable);
  return (
    <section className="block">
      <h3>
        Counts
        {sources.length > 1 && (
          <span className="aside">
            <button
              type="button"
              className="link"
              aria-expanded={changing}
              onClick={() => setChanging(!changing)}
            >
              {changing ? 'Done' : 'Change'}
            </button>
          </span>
        )}
      </h3>
      {chosen && <Found source={chosen} others={sources.filter((other) => other !== chosen)} />}
      {!chosen && offered && <Offer source={offered} />}
      {changing && <Candidates sources={sources} chosen={where} />}
    </section>
  );
}

function Found({ source, others }: { source: CountsSource; others: readonly CountsSource[] }) {
  const matrix = others.find((other) => other.where === 'X');
  return (
    <div className="counts-found">
      <span className="good">
        <Icon name="check" />
      </span>
      <p>
        Found in <span className="mono">{placeName(source.where)}</span>
        {howUsed(source)}
        {matrix && matrix.kind !== 'counts' && (
          <span className="mute">
            <span className="mono">X</span> {kindText(matrix)}, so it is not used.
          </span>
        )}
      </p>
    </div>
  );
}

function kindText({ kind }: CountsSource): string {
  switch (kind) {
    case 'log-normalised':
      return 'is log-normalised';
    case 'normalised':
      return 'is normalised';
    case 'scaled':
      return 'is scaled';
    case 'fractional':
      return 'holds fractions';
    case 'not-finite':
      return 'holds values that are not numbers';
    case 'empty':
      return 'is empty';
    case 'counts':
      return 'holds counts';
  }
}

function howUsed({ undo, roundable }: CountsSource): string {
  if (undo) return undo.linear ? ': the normalisation is undone. ' : ': the logarithm is undone. ';
  return roundable ? ': fractions are rounded. ' : ': whole numbers. ';
}

/** What can be made of values that are not counts, and the button that does it. */
function Offer({ source }: { source: CountsSource }) {
  const use = (label: string) => [{ label, run: () => void chooseSource(source.where) }];
  if (source.undo === null) {
    return (
      <Note tone="warn" lead="These counts hold fractions" actions={use('Round them')}>
        (largest value {formatDecimal(source.max, 2)}). Most lie near whole numbers, as after
        ambient correction. The model needs whole counts: rounding loses what lies below one half.
      </Note>
    );
  }
  const total = formatNumber(source.undo.targetSum);
  if (source.undo.linear) {
    return (
      <Note
        tone="warn"
        lead="These look normalised, not counts"
        actions={use('Undo the normalisation')}
      >
        (each cell sums to {total}). The model needs counts. Choose another layer, or let Cellsmith
        undo it: each cell&apos;s values are whole multiples of its smallest one.
      </Note>
    );
  }
  return (
    <Note
      tone="warn"
      lead="These look log-normalised, not counts"
      actions={use('Undo the logarithm')}
    >
      (largest value {formatDecimal(source.max, 2)}, not whole). The model needs counts. Choose
      another layer, or let Cellsmith undo the logarithm: it can, because each cell then sums to{' '}
      {total}.
    </Note>
  );
}

function Candidates(props: { sources: readonly CountsSource[]; chosen: string | null }) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label="Counts to use" className="candidates">
      {props.sources.map((source) => {
        const possible = source.usable || source.undo !== null || source.roundable;
        return (
          <label className="radio-row" key={source.where}>
            <input
              type="radio"
              className="radio"
              name={name}
              disabled={!possible}
              checked={source.where === props.chosen}
              onChange={() => void chooseSource(source.where)}
            />
            <span className="mono">{placeName(source.where)}</span>
            <p>
              {source.reason}
              {source.undo && !source.undo.linear && ' Cellsmith can undo the logarithm.'}
            </p>
          </label>
        );
      })}
    </div>
  );
}
