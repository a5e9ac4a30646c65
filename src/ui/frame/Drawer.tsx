/** @file The drawer under the map: loss curves, the verdict, the selection, or plots; its upper edge can be moved. */
import type { KeyboardEvent, PointerEvent } from 'react';
import { useState } from 'react';
import { toggleDrawer } from '../../state/actions/index.ts';
import { useStudio } from '../../state/store.ts';
import { ApplyResult } from '../apply/ApplyResult.tsx';
import { Icon } from '../controls/Icon.tsx';
import { Empty } from '../controls/Note.tsx';
import { SelectionView } from '../map/SelectionView.tsx';
import { PerturbResult } from '../perturb/PerturbResult.tsx';
import { LossCurves } from '../plots/LossCurves.tsx';
import { PlotsView } from '../plots/PlotsView.tsx';
import { VerdictView } from '../verdict/VerdictView.tsx';
import { DRAWER_ID } from './BottomBar.tsx';
import { NoModelYet } from './NoModelYet.tsx';

const KEY = 'cellsmith.drawer';
const LOWEST = 200;
const START = 322;
/** A drawer that nobody has moved takes this much of a high window. */
const SHARE = 0.42;

const names = {
  verdict: 'Verdict',
  training: 'Training',
  selection: 'Selection',
  plots: 'Plots',
  apply: 'Result',
  perturb: 'Prediction',
} as const;

function highest(): number {
  return Math.max(LOWEST, Math.round(window.innerHeight * 0.6));
}

function clamp(height: number): number {
  return Math.min(highest(), Math.max(LOWEST, Math.round(height)));
}

function remembered(): number {
  const height = Number(localStorage.getItem(KEY));
  const usual = Math.max(START, SHARE * window.innerHeight);
  return clamp(Number.isFinite(height) && height > 0 ? height : usual);
}

/** The open drawer; full screen on narrow windows. */
export function Drawer({ full }: { full: boolean }) {
  const tab = useStudio((state) => state.view.drawer);
  const verdict = tab === 'verdict';
  const name = tab === null ? '' : names[tab];
  const [height, setHeight] = useState(remembered);
  const resize = (next: number): void => {
    setHeight(clamp(next));
    localStorage.setItem(KEY, String(clamp(next)));
  };
  return (
    <section
      className={`drawer ${full ? 'full' : ''}`}
      id={DRAWER_ID}
      role={verdict ? 'region' : 'tabpanel'}
      aria-label={name}
      style={full ? undefined : { height }}
    >
      {full ? (
        <header>
          <h2>{name}</h2>
          <button
            type="button"
            className="tool"
            aria-label="Close"
            onClick={() => toggleDrawer(tab ?? 'training')}
          >
            <Icon name="close" />
          </button>
        </header>
      ) : (
        <Grip height={height} onChange={resize} />
      )}
      {tab === 'verdict' && <VerdictView />}
      {tab === 'training' && <TrainingView />}
      {tab === 'selection' && <SelectionView />}
      {tab === 'plots' && <PlotsView />}
      {tab === 'apply' && <ApplyResult />}
      {tab === 'perturb' && <PerturbResult />}
    </section>
  );
}

function TrainingView() {
  const status = useStudio((state) => state.model.status);
  const begun = useStudio(
    ({ model }) => model.curves.autoencoder.length + model.curves.flow.length > 0,
  );
  if (begun) return <LossCurves />;
  if (status === 'none' || status === 'loading') {
    return <NoModelYet />;
  }
  if (status === 'ready') {
    return <Empty missing="No curves here" advice="This model was not trained in this visit." />;
  }
  return <Empty missing="No curves yet" advice="They begin with the first epoch." />;
}

function Grip({ height, onChange }: { height: number; onChange: (height: number) => void }) {
  const [from, setFrom] = useState<{ y: number; height: number } | null>(null);
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    setFrom({ y: event.clientY, height });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowUp: 20, ArrowDown: -20 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    onChange(height + by);
  };
  return (
    <div
      className="grip"
      role="separator"
      tabIndex={0}
      aria-orientation="horizontal"
      aria-label="Height of the drawer"
      aria-valuemin={LOWEST}
      aria-valuemax={highest()}
      aria-valuenow={height}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => from && onChange(from.height + from.y - event.clientY)}
      onPointerUp={() => setFrom(null)}
      onPointerCancel={() => setFrom(null)}
      onKeyDown={onKeyDown}
    />
  );
}
