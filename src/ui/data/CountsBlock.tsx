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
  const undoable = sources.find(({ undo }) => undo !== null);
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
      {!chosen && undoable && <UndoOffer source={undoable} />}
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
        {source.undo ? ': the logarithm is undone. ' : ': whole numbers. '}
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

function UndoOffer({ source }: { source: CountsSource }) {
  const target = source.undo?.targetSum ?? 0;
  return (
    <Note
      tone="warn"
      lead="These look log-normalised, not counts"
      actions={[{ label: 'Undo the logarithm', run: () => void chooseSource(source.where) }]}
    >
      (largest value {formatDecimal(source.max, 2)}, not whole). The model needs counts. Choose
      another layer, or let Cellsmith undo the logarithm: it can, because each cell then sums to{' '}
      {formatNumber(target)}.
    </Note>
  );
}

function Candidates(props: { sources: readonly CountsSource[]; chosen: string | null }) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label="Counts to use" className="candidates">
      {props.sources.map((source) => {
        const possible = source.usable || source.undo !== null;
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
              {source.undo && ' Cellsmith can undo the logarithm.'}
            </p>
          </label>
        );
      })}
    </div>
  );
}
