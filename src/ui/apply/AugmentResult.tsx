/** @file Recall of the rare kind under three ways of training a classifier. */
import type { ShareNumbers } from '../../protocol/apply.ts';
import type { ApplyResults } from '../../state/apply.ts';
import { formatNumber, formatPercent } from '../../state/format.ts';
import { Note } from '../controls/Note.tsx';

/** What was added, and the check. */
export function AugmentResult({ result }: { result: NonNullable<ApplyResults['augment']> }) {
  const { added, about, extrapolated, check, unchecked } = result;
  return (
    <>
      <p className="mute">
        {formatNumber(added)} synthetic cells of {about}. Their library sizes are those of the kind.
        Saved behind the real cells, marked in obs['origin'].
      </p>
      {extrapolated && (
        <Note tone="warn" lead="Extrapolation.">
          Some added cell has values that no training cell has together.
        </Note>
      )}
      {unchecked && (
        <Note tone="info" lead={unchecked.title}>
          {unchecked.message}
        </Note>
      )}
      {check && (
        <>
          <p className={`apply-verdict ${check.verdict === 'helps' ? 'good' : ''}`}>
            {check.summary}
          </p>
          <table className="tbl apply-table">
            <thead>
              <tr>
                <th scope="col">recall (90 %)</th>
                <th scope="col" className="num">
                  training cells
                </th>
                <th scope="col" className="num">
                  held-out cells
                </th>
                <th scope="col" className="num">
                  real cells alone
                </th>
                <th scope="col" className="num">
                  with copies
                </th>
                <th scope="col" className="num">
                  with synthetic cells
                </th>
              </tr>
            </thead>
            <tbody>
              {check.classes.map((own) => (
                <tr key={own.name}>
                  <td>{own.name}</td>
                  <td className="num">{formatNumber(own.trainingCells)}</td>
                  <td className="num">{formatNumber(own.heldOutCells)}</td>
                  <Share of={own.real} />
                  <Share of={own.oversampled} />
                  <Share of={own.synthetic} />
                </tr>
              ))}
            </tbody>
          </table>
          <p className="small">
            Held-out cells that the model never saw; copies are as many real training cells of the
            kind, repeated.
          </p>
        </>
      )}
    </>
  );
}

function Share({ of: { value, interval } }: { of: ShareNumbers }) {
  return (
    <td className="num">
      {formatPercent(value, 0)}{' '}
      <span className="dim-range">
        {formatPercent(interval[0], 0)} … {formatPercent(interval[1], 0)}
      </span>
    </td>
  );
}
