/** @file An export of many cells that is under way: how far, how long still, and a way to stop it. */
import { cancelExport, openExport } from '../../state/actions/index.ts';
import { formatNumber } from '../../state/format.ts';
import type { ExportProgress as Progress } from '../../state/types.ts';
import { countdown } from '../controls/countdown.ts';
import { ProgressBar } from '../controls/ProgressBar.tsx';

/** Takes the place of the export form. Closing the dialog lets the export go on. */
export function ExportProgress({ progress }: { progress: Progress }) {
  const { name, cells, done, secondsLeft } = progress;
  return (
    <>
      <div className="progress-head">
        <span className="file-name">{name}</span>
        <span className="grow" />
        <span className="mute">{leftText(secondsLeft, done === cells)}</span>
      </div>
      <ProgressBar label="Export" share={done / cells} />
      <p className="mute marked">
        {formatNumber(done)} of {formatNumber(cells)} cells. They are generated and written some at
        a time; the file appears in its place when all are written.
      </p>
      <div className="dialog-foot">
        <span className="grow" />
        <button type="button" className="btn tall" onClick={cancelExport}>
          Cancel export
        </button>
        <button type="button" className="btn primary tall" onClick={() => openExport(false)}>
          Go on in the background
        </button>
      </div>
    </>
  );
}

function leftText(secondsLeft: number | null, last: boolean): string {
  if (last) return 'Writing the tables';
  return secondsLeft === null
    ? 'Generating the first cells'
    : `about ${countdown(secondsLeft)} left`;
}
