/** @file A big file before its counts are read: what will fit, how long it takes, and the ways to read less. */
import type { LoadWay } from '../../protocol/dataset.ts';
import { readWay } from '../../state/actions/index.ts';
import { formatBytes, formatDuration, formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { useFeatureWords } from './use-feature-words.ts';

/** The widest way that fits is proposed. */
function proposedWay(ways: readonly LoadWay[]): LoadWay | undefined {
  return ways.find(({ fits }) => fits);
}

/** What a way reads, e.g. "All 600,000 cells, 2,000 most variable genes". */
export function wayText(way: LoadWay, all: number, features = 'genes'): string {
  const cells =
    way.cells >= all ? `All ${formatNumber(all)} cells` : `${formatNumber(way.cells)} cells`;
  return way.genes === 'all'
    ? `${cells}, all ${features}`
    : `${cells}, ${formatNumber(way.genes)} most variable ${features}`;
}

/** The pre-flight: a row for each way with its memory and time, and a button where it fits. */
export function PreFlight() {
  const summary = useStudio((state) => state.data.summary);
  const { many } = useFeatureWords();
  if (!summary?.estimate) return null;
  const { nObs, nVars, bytes, estimate } = summary;
  const proposed = proposedWay(estimate.ways);
  return (
    <section className="block" aria-label="How much to read">
      <h3>
        How much to read<span className="aside">{formatBytes(bytes)}</span>
      </h3>
      <p>
        {formatNumber(nObs)} cells × {formatNumber(nVars)} {many}. Nothing but the picture has been
        read. This tab may use about {formatBytes(estimate.allowed)} for counts.
      </p>
      <ul className="ways">
        {estimate.ways.map((way) => (
          <li key={`${way.cells}/${way.genes}`} className={way.fits ? '' : 'off'}>
            <p>
              <span className="strong">{wayText(way, nObs, many)}</span>
              <br />
              <span className="mute">
                {formatBytes(way.bytes)},{' '}
                {way.fits ? `about ${formatDuration(way.seconds)} to read` : 'does not fit'}
              </span>
            </p>
            <button
              type="button"
              className={`btn small-btn ${way === proposed ? 'primary' : ''}`}
              aria-label={`Read: ${wayText(way, nObs, many)}`}
              disabled={!way.fits}
              onClick={() => void readWay(way)}
            >
              Read
            </button>
          </li>
        ))}
      </ul>
      <p className="small">
        A sample keeps the share of each value of the first attribute, and at least 50 cells of it.
        The most variable {many} are chosen over 10,000 cells; all {many} count for the limits, and
        a model can be trained on all of them from disk.
      </p>
    </section>
  );
}
