/** @file The Verdict drawer: words, checks against the floor, single types; progress while it is being made. */
import { useRef, useState } from 'react';
import type { Verdict } from '../../protocol/judge.ts';
import { checkModel, exportVerdict, stopCheck } from '../../state/actions/index.ts';
import { formatNumber, formatPercent } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Empty } from '../controls/Note.tsx';
import { Info } from '../controls/Tip.tsx';
import { useSize } from '../plots/use-size.ts';
import { ChecksTable } from './ChecksTable.tsx';
import { FloorKey, FloorPlot } from './FloorPlot.tsx';
import { GroupPlot } from './GroupPlot.tsx';
import { verdictCsv, verdictReport } from './verdict-exports.ts';
import { verdictFigure } from './verdict-figure.tsx';
import { VerdictSummary } from './VerdictSummary.tsx';
import './verdict.css';

/** What the drawer shows in every state of the verdict. */
export function VerdictView() {
  const { status, result } = useStudio((state) => state.verdict);
  const trained = useStudio(({ model }) => model.status === 'ready');
  if (!trained) return <Empty missing="Nothing to check yet" advice="Train a model first." />;
  if (result && result.checks.length > 0) return <Shown verdict={result} />;
  if (result && status === 'ready')
    return <Empty missing="No verdict" advice={result.sentence || 'There is no floor.'} />;
  if (status === 'stopped' || status === 'failed') {
    return (
      <Empty
        missing={status === 'stopped' ? 'The check was stopped' : 'The check failed'}
        advice={<CheckAgain />}
      />
    );
  }
  return (
    <div className="verdict-wait">
      <CheckProgress />
    </div>
  );
}

function CheckAgain() {
  return (
    <button type="button" className="btn small-btn" onClick={() => void checkModel()}>
      Check again
    </button>
  );
}

/** How far a running check is; can be ended. */
function CheckProgress() {
  const { status, doing, share } = useStudio((state) => state.verdict);
  if (status !== 'waiting' && status !== 'running') return null;
  const text = status === 'waiting' ? 'Checking when nothing is being steered' : doing;
  return (
    <div className="row check-progress">
      <div
        className="progress"
        role="progressbar"
        aria-label="Check"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <b style={{ width: `${Math.round(share * 100)}%` }} />
      </div>
      <span className="small">
        {text}
        {status === 'running' && `, ${formatPercent(share, 0)}`}
      </span>
      <button type="button" className="btn quiet small-btn" onClick={stopCheck}>
        Cancel
      </button>
    </div>
  );
}

function Shown({ verdict }: { verdict: Verdict }) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const [table, setTable] = useState(false);
  const groups = verdict.groups.filter(
    ({ attribute }) => attribute === verdict.groups[0]?.attribute,
  );
  const narrow = width > 0 && width < 640;
  const three = !narrow && groups.length > 0 && (width === 0 || width >= 960);
  const layout = narrow ? 'stacked' : three ? 'wide' : 'medium';
  return (
    <div className={`cols verdict ${layout}`} ref={box}>
      <div className="col words">
        <CheckProgress />
        <VerdictSummary verdict={verdict} />
      </div>
      <div className="col">
        <div className="bh">
          {checksHeading(verdict.checks.length)}
          <Info
            question="What is the floor?"
            answer={`How far two sets of real cells lie apart: ${verdict.floor.energy?.draws ?? 20} draws of training cells against the held-out cells. Inside means no worse than 95 % of these draws.`}
          />
          <Saves verdict={verdict} table={table} onTable={setTable} />
        </div>
        {table ? <ChecksTable verdict={verdict} /> : <Plot verdict={verdict} />}
      </div>
      {three && (
        <div className="col">
          <div className="bh">
            By {groups[0].attribute}
            <Info
              question="What is shown here?"
              answer="Expression as a whole, for each type on its own against its own floor. Types with fewer than 10 held-out cells are left out."
            />
          </div>
          <Groups groups={groups} />
        </div>
      )}
    </div>
  );
}

const words = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven'];

function checksHeading(n: number): string {
  return `${words[n] ?? formatNumber(n)} checks`;
}

function Plot({ verdict }: { verdict: Verdict }) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  return (
    <div className="scrolls" ref={box}>
      <FloorKey />
      {width > 0 && <FloorPlot checks={verdict.checks} width={Math.max(300, width)} />}
    </div>
  );
}

function Groups({ groups }: { groups: Verdict['groups'] }) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  return (
    <div className="scrolls" ref={box}>
      {width > 0 && <GroupPlot groups={groups} width={width} />}
    </div>
  );
}

function Saves(props: { verdict: Verdict; table: boolean; onTable: (table: boolean) => void }) {
  const { verdict, table, onTable } = props;
  const ready = verdict.complete;
  const fileName = useStudio(({ model }) => model.info?.fileName ?? 'model');
  const link = (label: string, run: () => void) => (
    <button type="button" className="link" disabled={!ready} onClick={run}>
      {label}
    </button>
  );
  return (
    <span className="aside row saves">
      <button type="button" className="link" onClick={() => onTable(!table)}>
        {table ? 'Show as plot' : 'Show as table'}
      </button>
      {link('JSON', () => exportVerdict(JSON.stringify(verdict, null, 1), 'json'))}
      {link('CSV', () => exportVerdict(verdictCsv(verdict), 'csv'))}
      {link('Report', () =>
        exportVerdict(verdictReport(verdict, fileName, verdictFigure(verdict)), 'html'),
      )}
    </span>
  );
}
