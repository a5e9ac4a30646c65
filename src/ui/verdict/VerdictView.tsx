/** @file The Verdict drawer: words, checks against the floor, single types; progress while it is being made. */
import { useRef, useState, type ReactNode } from 'react';
import type { Verdict } from '../../protocol/judge.ts';
import {
  checkModel,
  exportVerdict,
  showVerdictOn,
  stopCellCheck,
  stopCheck,
} from '../../state/actions/index.ts';
import { dayOf, formatNumber, formatPercent } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Empty } from '../controls/Note.tsx';
import { NoModelYet } from '../frame/NoModelYet.tsx';
import { ProgressBar } from '../controls/ProgressBar.tsx';
import { Segments } from '../controls/Segments.tsx';
import { Info } from '../controls/Tip.tsx';
import { useSize } from '../plots/use-size.ts';
import { ChecksTable } from './ChecksTable.tsx';
import { CurvesView } from './CurvesView.tsx';
import { FloorKey, FloorPlot } from './FloorPlot.tsx';
import { GroupPlot } from './GroupPlot.tsx';
import { MeasuresTable } from './MeasuresTable.tsx';
import { PeaksTable } from './PeaksTable.tsx';
import { verdictCsv, verdictReport } from './verdict-exports.ts';
import { verdictFigures } from './verdict-figure.tsx';
import { VerdictSummary } from './VerdictSummary.tsx';
import './verdict.css';

/** What the drawer shows in every state of the verdict, on the model or on the cells on the map. */
export function VerdictView() {
  const subject = useStudio(({ verdict }) => verdict.subject);
  const status = useStudio(({ model }) => model.status);
  if (status === 'loading') return <NoModelYet />;
  if (status !== 'ready')
    return <Empty missing="Nothing to check yet" advice="Train a model first." />;
  return subject === 'model' ? <ModelVerdict /> : <CellsVerdict />;
}

/** Checks by genes, or a comparison by peaks alone. */
function isShown({ checks, peaks }: Verdict): boolean {
  return checks.length > 0 || peaks !== undefined;
}

function ModelVerdict() {
  const { status, result } = useStudio((state) => state.verdict);
  if (result && isShown(result)) return <Shown verdict={result} about={null} />;
  if (result && status === 'ready') {
    return <Alone missing="No verdict" advice={result.sentence || 'There is no floor.'} />;
  }
  if (status === 'stopped' || status === 'failed') {
    const missing = status === 'stopped' ? 'The check was stopped' : 'The check failed';
    return <Alone missing={missing} advice={<CheckAgain run={() => void checkModel()} />} />;
  }
  return <Wait />;
}

function CellsVerdict() {
  const { status, result, why, about } = useStudio(({ verdict }) => verdict.cells);
  if (result && isShown(result)) return <Shown verdict={result} about={about} />;
  if (why !== null) return <Alone missing="These cells cannot be checked" advice={why} />;
  if (status === 'ready') return <Alone missing="No verdict" advice={result?.sentence ?? ''} />;
  if (status === 'stopped' || status === 'failed') {
    const missing = status === 'stopped' ? 'The check was stopped' : 'The check failed';
    return <Alone missing={missing} advice={<CheckAgain run={() => showVerdictOn('cells')} />} />;
  }
  return <Wait />;
}

/** The switch over an empty area. */
function Alone(props: { missing: string; advice: ReactNode }) {
  return (
    <div className="verdict-alone">
      <Subject />
      <Empty {...props} />
    </div>
  );
}

function Wait() {
  return (
    <div className="verdict-alone">
      <Subject />
      <div className="verdict-wait">
        <CheckProgress />
      </div>
    </div>
  );
}

function Subject() {
  const subject = useStudio(({ verdict }) => verdict.subject);
  return (
    <Segments
      label="Verdict on"
      options={[
        { value: 'model', label: 'The model' },
        { value: 'cells', label: 'These cells' },
      ]}
      value={subject}
      onChange={showVerdictOn}
    />
  );
}

function CheckAgain({ run }: { run: () => void }) {
  return (
    <button type="button" className="btn small-btn" onClick={run}>
      Check again
    </button>
  );
}

/** A check that ended before its end: what it found so far stands below. */
function Unfinished() {
  const subject = useStudio(({ verdict }) => verdict.subject);
  const { status } = useStudio(({ verdict }) =>
    verdict.subject === 'model' ? verdict : verdict.cells,
  );
  if (status !== 'stopped' && status !== 'failed') return null;
  const again = (): void => (subject === 'model' ? void checkModel() : showVerdictOn('cells'));
  return (
    <div className="row check-progress">
      <span className="small">
        {status === 'stopped' ? 'The check was stopped' : 'The check failed'}
      </span>
      <CheckAgain run={again} />
    </div>
  );
}

/** A verdict that came in the model's file: when it was made, and a way to make another one. */
function FromFile() {
  const { subject, checkedAt } = useStudio(({ verdict }) => verdict);
  if (subject !== 'model' || checkedAt === null) return null;
  return (
    <div className="row check-progress">
      <span className="small">Checked on {dayOf(checkedAt)}, from the model’s file</span>
      <CheckAgain run={() => void checkModel()} />
    </div>
  );
}

/** How far a running check is; can be ended. */
function CheckProgress() {
  const subject = useStudio(({ verdict }) => verdict.subject);
  const { status, doing, share } = useStudio(({ verdict }) =>
    verdict.subject === 'model' ? verdict : verdict.cells,
  );
  if (status !== 'waiting' && status !== 'running') return null;
  const text = status === 'waiting' ? 'Checking when nothing is being steered' : doing;
  return (
    <div className="row check-progress">
      <ProgressBar label="Check" share={share} />
      <span className="small">
        {text}
        {status === 'running' && `, ${formatPercent(share, 0)}`}
      </span>
      <button
        type="button"
        className="btn quiet small-btn"
        onClick={subject === 'model' ? stopCheck : stopCellCheck}
      >
        Cancel
      </button>
    </div>
  );
}

type ShownAs = 'plot' | 'table' | 'measures' | 'peaks' | 'curves';

const shapes: readonly { value: ShownAs; label: string }[] = [
  { value: 'plot', label: 'Plot' },
  { value: 'table', label: 'Table' },
  { value: 'measures', label: 'Measures' },
  { value: 'peaks', label: 'Peaks' },
  { value: 'curves', label: 'Weights' },
];

/** What there is to show of a verdict, and whether genes are judged at all. */
function shapesOf({ checks, peaks }: Verdict) {
  const genes = checks.length > 0;
  const offered = shapes.filter(({ value }) => value === 'peaks' ? peaks !== undefined : genes || value === 'curves'); // prettier-ignore
  return { genes, offered };
}

function floorText({ checks, floor }: Verdict): string {
  return checks.length > 0
    ? `How far two sets of real cells lie apart: ${floor.energy?.draws ?? 20} draws of training cells against the held-out cells. Inside means no worse than 95 % of these draws. Hollow marks are methods without any learning, as a measure of what is easy; copies show what copying would reach.`
    : 'How far two sets of real cells lie apart: training cells, as many as are compared, against the held-out cells.';
}

function Shown({ verdict, about }: { verdict: Verdict; about: string | null }) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const [chosen, setShape] = useState<ShownAs>('plot');
  const { genes, offered } = shapesOf(verdict);
  const shape = genes || chosen === 'curves' ? chosen : 'peaks';
  const narrow = width > 0 && width < 640;
  const room = !narrow && (width === 0 || width >= 960);
  const three = room && verdict.groups.length > 0 && shape === 'plot';
  const layout = narrow ? 'stacked' : three ? 'wide' : 'medium';
  return (
    <div className={`cols verdict ${layout}`} ref={box}>
      <div className="col words">
        <Subject />
        <CheckProgress />
        <Unfinished />
        {about !== null && <p className="small">{about}</p>}
        <VerdictSummary verdict={verdict} />
        <FromFile />
        <Saves verdict={verdict} />
      </div>
      <div className="col">
        <div className="bh">
          {headingOf(shape, verdict.checks.length)}
          <Info question="What is the floor?" answer={floorText(verdict)} />
          <Segments label="Shown as" options={offered} value={shape} onChange={setShape} />
        </div>
        {shape === 'plot' && <Plot key={layout} verdict={verdict} />}
        {shape === 'table' && <ChecksTable verdict={verdict} />}
        {shape === 'measures' && <MeasuresTable verdict={verdict} />}
        {shape === 'peaks' && verdict.peaks && <PeaksTable peaks={verdict.peaks} />}
        {shape === 'curves' && <CurvesView />}
      </div>
      {three && <GroupColumn verdict={verdict} />}
    </div>
  );
}

/** One attribute's categories, or the combinations, each against its own floor. */
function GroupColumn({ verdict }: { verdict: Verdict }) {
  const [chosen, choose] = useState<string | null>(null);
  const attributes = [...new Set(verdict.groups.map(({ attribute }) => attribute))];
  const own = chosen !== null && attributes.includes(chosen) ? chosen : attributes[0];
  return (
    <div className="col">
      <div className="bh">
        By
        {attributes.length > 1 ? (
          <select
            className="small-select"
            aria-label="Groups of cells"
            value={own}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {attributes.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        ) : (
          ` ${own}`
        )}
        <Info
          question="What is shown here?"
          answer="Expression as a whole, for each type on its own against its own floor. Types with fewer than 10 held-out cells are left out. All measures of each type stand under Measures."
        />
      </div>
      <Groups groups={verdict.groups.filter(({ attribute }) => attribute === own)} />
    </div>
  );
}

const words = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven'];

/** What the column shows. */
function headingOf(shape: ShownAs, checks: number): string {
  if (shape === 'measures') return 'Every measure';
  if (shape === 'curves') return 'Guidance weights';
  if (shape === 'peaks') return 'By peaks';
  return `${words[checks] ?? formatNumber(checks)} checks`;
}

/** Begins anew with every layout, so that it is never drawn in the width of the one before. */
function Plot({ verdict }: { verdict: Verdict }) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  return (
    <div className="scrolls" ref={box} tabIndex={0} role="group" aria-label="Checks">
      <FloorKey />
      {width > 0 && <FloorPlot checks={verdict.checks} width={Math.max(300, width)} />}
    </div>
  );
}

function Groups({ groups }: { groups: Verdict['groups'] }) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  return (
    <div className="scrolls" ref={box} tabIndex={0} role="group" aria-label="Groups of cells">
      {width > 0 && <GroupPlot groups={groups} width={width} />}
    </div>
  );
}

function Saves({ verdict }: { verdict: Verdict }) {
  const ready = verdict.complete;
  const fileName = useStudio(({ model }) => model.info?.fileName ?? 'model');
  const curves = useStudio(({ verdict: { curves: own } }) => own.curves);
  const link = (label: string, run: () => void) => (
    <button type="button" className="link" disabled={!ready} onClick={run}>
      {label}
    </button>
  );
  return (
    <p className="row small saves">
      Save as{' '}
      {link('JSON', () => exportVerdict(JSON.stringify({ ...verdict, curves }, null, 1), 'json'))}
      {link('CSV', () => exportVerdict(verdictCsv(verdict, curves), 'csv'))}
      {link('Report', () =>
        exportVerdict(
          verdictReport(verdict, curves, fileName, verdictFigures(verdict, curves)),
          'html',
        ),
      )}
    </p>
  );
}
