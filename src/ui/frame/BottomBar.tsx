/** @file The bottom bar: the status line and the switches of the drawer. */
import type { ReactNode } from 'react';
import { toggleDrawer } from '../../state/actions/index.ts';
import { useStudio } from '../../state/store.ts';
import type { DrawerTab } from '../../state/types.ts';
import { Pips } from '../verdict/Pips.tsx';
import { useSpokenStatus } from './use-spoken-status.ts';

/** Id of the drawer, for its tab. */
export const DRAWER_ID = 'drawer';

function useTone(): string {
  return useStudio(({ alerts, busy, model, synthetic }) => {
    if (alerts.length > 0) return 'err';
    if (busy || model.status === 'training') return 'busy';
    return synthetic.extrapolated || model.status === 'paused' ? 'slow' : 'on';
  });
}

/** The status line: seen at once, spoken by a quiet twin at most once in two seconds. */
export function StudioStatus({ hidden = false }: { hidden?: boolean }) {
  const text = useStudio((state) => state.statusText);
  const tone = useTone();
  return (
    <>
      <div
        role="status"
        aria-label="Studio status"
        aria-live="off"
        className={hidden ? 'hidden' : ''}
      >
        <span className={`dot ${tone}`} />
        <span className="status-text" title={text}>
          {text}
        </span>
      </div>
      <SpokenStatus />
    </>
  );
}

function SpokenStatus() {
  const { text, live } = useSpokenStatus();
  return (
    <span className="hidden" aria-live={live} data-spoken>
      {text}
    </span>
  );
}

/** Status at the left, the drawer's tabs at the right. */
export function BottomBar() {
  const applied = useStudio(({ view }) => view.step === 'apply' || view.drawer === 'apply');
  const asked = useStudio(({ view }) => view.step === 'perturb' || view.drawer === 'perturb');
  return (
    <div className="bar" tabIndex={-1} data-landmark>
      <StudioStatus />
      <div role="tablist" aria-label="Drawer">
        <Tab tab="training">Training</Tab>
        <Tab tab="verdict">
          Verdict
          <Pips />
        </Tab>
        <Tab tab="selection">Selection</Tab>
        <Tab tab="plots">Plots</Tab>
        {applied && <Tab tab="apply">Result</Tab>}
        {asked && <Tab tab="perturb">Prediction</Tab>}
      </div>
    </div>
  );
}

function Tab({ tab, children }: { tab: DrawerTab; children: ReactNode }) {
  const open = useStudio((state) => state.view.drawer === tab);
  return (
    <button
      type="button"
      role="tab"
      aria-selected={open}
      aria-controls={open ? DRAWER_ID : undefined}
      onClick={() => toggleDrawer(tab)}
    >
      {children}
    </button>
  );
}
