/** @file The foot of a panel that works on the trained model: its button, which becomes Cancel while something runs, how far that is, and Save. */
import { formatPercent } from '../../state/format.ts';
import { countdown } from './countdown.ts';
import { ProgressBar } from './ProgressBar.tsx';

/** Something that runs. */
export interface Work {
  readonly doing: string;
  readonly share: number;
  readonly secondsLeft: number | null;
}

/** What the foot shows and does. */
export interface WorkFootProps {
  readonly running: Work | null;
  /** Name of what runs, for its bar. */
  readonly name: string;
  readonly cancel: () => void;
  readonly start: { readonly label: string; readonly possible: boolean; readonly run: () => void };
  /** There is something to save; without it the button is left out. */
  readonly savable: boolean;
  readonly saving: boolean;
  readonly save: () => void;
}

/** One button stays where it is, so that the keyboard keeps its place when work begins and ends. */
export function WorkFoot(props: WorkFootProps) {
  const { running, name, cancel, start, savable, saving, save } = props;
  const busy = running !== null;
  return (
    <footer>
      {busy && <Running name={name} work={running} />}
      <div className={busy ? 'row work-row' : 'row'}>
        <button
          type="button"
          className={busy ? 'btn tall wide' : 'btn primary tall wide'}
          disabled={!busy && !start.possible}
          onClick={busy ? cancel : start.run}
        >
          {busy ? 'Cancel' : start.label}
        </button>
        {savable && !busy && (
          <button
            type="button"
            className="btn tall"
            disabled={saving}
            aria-busy={saving}
            onClick={save}
          >
            Save as .h5ad
          </button>
        )}
      </div>
    </footer>
  );
}

function Running({ name, work }: { name: string; work: Work }) {
  const { doing, share, secondsLeft } = work;
  const left = secondsLeft === null ? '' : `${countdown(secondsLeft)} left`;
  return (
    <>
      <div className="progress-head">
        <span className="use-doing" title={doing}>
          {doing}
        </span>
        <span className="mute">{left || formatPercent(share, 0)}</span>
      </div>
      <ProgressBar
        label={name}
        share={share}
        text={`${formatPercent(share, 0)}, ${doing}${left ? `, ${left}` : ''}`}
      />
    </>
  );
}
