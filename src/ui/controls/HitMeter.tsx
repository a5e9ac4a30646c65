/** @file The hit meter: how many synthetic cells are recognised as what was asked, with the real cells' share as the mark. */
import { formatPercent } from '../../state/format.ts';
import { Info } from './Tip.tsx';

const ANSWER =
  'Share of the synthetic cells that a classifier, trained on real cells, gives the value they were asked for. The mark on the bar is the same share for held-out real cells.';

/** A reading, not a control: grey, with both figures in its text. `old` while a newer reading is on its way. */
export function HitMeter(props: {
  attribute: string;
  share: number;
  real: number | null;
  old: boolean;
}) {
  const { attribute, share, real, old } = props;
  const synthetic = formatPercent(share, 0);
  const reference = real === null ? null : formatPercent(real, 0);
  return (
    <div className={`hit ${old ? 'is-old' : ''}`}>
      <span className="row">
        Hit <Info question="What is hit?" answer={ANSWER} />
      </span>
      <span
        className="meter"
        role="meter"
        aria-label={`Hit rate for ${attribute}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={
          `${synthetic} of synthetic cells` + (reference ? `, ${reference} of real cells` : '')
        }
      >
        <b style={{ width: `${share * 100}%` }} />
        {real !== null && <i style={{ left: `calc(${real * 100}% - 1px)` }} />}
      </span>
      <span>
        <span className="v">{synthetic}</span>
        {reference && <span className="ref">real {reference}</span>}
      </span>
    </div>
  );
}
