/** @file The effect on genes: predicted, real where it exists, and the additive baseline. */
import type { AgreementNumbers } from '../../protocol/apply.ts';
import type { ApplyResults } from '../../state/apply.ts';
import { formatDecimal, formatNumber, formatPercent } from '../../state/format.ts';
import { Note } from '../controls/Note.tsx';

/** What was changed, how the effect agrees, and the genes. */
export function CounterfactualResult({
  result,
}: {
  result: NonNullable<ApplyResults['counterfactual']>;
}) {
  const { changed, about, realCells, extrapolated, seenInTraining, model, additive, effects } = result; // prettier-ignore
  return (
    <>
      <p className="mute">
        {formatNumber(changed)} cells: {about}.{' '}
        {model
          ? `Compared with ${formatNumber(realCells)} real cells.`
          : 'There are no real cells of one kind to compare with.'}
      </p>
      {extrapolated && (
        <Note tone="warn" lead="Extrapolation.">
          No training cell has this combination of values.
        </Note>
      )}
      {model && seenInTraining && (
        <Note tone="info" lead="This is no test.">
          The model learnt from real cells of the new condition. Hide them under Held-out cells in
          Model to test it.
        </Note>
      )}
      {model && (
        <table className="tbl apply-table">
          <thead>
            <tr>
              <th scope="col">agreement with the real effect</th>
              <th scope="col" className="num">
                Pearson, all genes
              </th>
              <th scope="col" className="num">
                Pearson, top 100
              </th>
              <th scope="col" className="num">
                same direction, top 100
              </th>
              <th scope="col" className="num">
                error
              </th>
            </tr>
          </thead>
          <tbody>
            <Agreement name="model" numbers={model} />
            {additive && <Agreement name="adding the mean difference" numbers={additive} />}
          </tbody>
        </table>
      )}
      <table className="tbl apply-table">
        <thead>
          <tr>
            <th scope="col">gene</th>
            <th scope="col" className="num">
              predicted
            </th>
            <th scope="col" className="num">
              real
            </th>
            <th scope="col" className="num">
              mean difference
            </th>
            <th scope="col" aria-label="Effect as bars" />
          </tr>
        </thead>
        <tbody>
          {effects.map(({ gene, effect, observed, additive: added }) => (
            <tr key={gene}>
              <td>{gene}</td>
              <td className="num">{signed(effect)}</td>
              <td className="num">{observed === null ? '–' : signed(observed)}</td>
              <td className="num">{added === null ? '–' : signed(added)}</td>
              <td className="effect-cell">
                <EffectBars effect={effect} observed={observed} most={mostOf(effects)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="small">Change of the mean of log(1 + counts per ten thousand).</p>
    </>
  );
}

function mostOf(effects: NonNullable<ApplyResults['counterfactual']>['effects']): number {
  return Math.max(...effects.map(({ effect, observed }) => Math.max(Math.abs(effect), Math.abs(observed ?? 0)))); // prettier-ignore
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${formatDecimal(value, 2)}`;
}

function Agreement({ name, numbers }: { name: string; numbers: AgreementNumbers }) {
  return (
    <tr>
      <td>{name}</td>
      <td className="num">{formatDecimal(numbers.pearson, 3)}</td>
      <td className="num">{formatDecimal(numbers.pearsonTop, 3)}</td>
      <td className="num">{formatPercent(numbers.directionTop, 0)}</td>
      <td className="num">{formatDecimal(numbers.error, 3)}</td>
    </tr>
  );
}

const WIDTH = 180;

/** Predicted above, real below, from a line at 0. */
function EffectBars(props: { effect: number; observed: number | null; most: number }) {
  const { effect, observed, most } = props;
  const bar = (value: number): { x: number; width: number } => {
    const length = most > 0 ? (Math.abs(value) / most) * (WIDTH / 2) : 0;
    return { x: value < 0 ? WIDTH / 2 - length : WIDTH / 2, width: Math.max(0.5, length) };
  };
  return (
    <svg width={WIDTH} height="16" aria-hidden="true" className="effect-bars">
      <rect {...bar(effect)} y="3" height="4" className="own" />
      {observed !== null && <rect {...bar(observed)} y="9" height="4" className="real" />}
      <path d={`M${WIDTH / 2} 0v16`} className="zero" />
    </svg>
  );
}
