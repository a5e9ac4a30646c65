/** @file The one side panel: Data, Model or Guidance, as the step says; beside the map, over it, or as a sheet. */
import { useState } from 'react';
import type { PointerEvent, ReactNode } from 'react';
import { togglePanel } from '../../state/actions/index.ts';
import { useStudio } from '../../state/store.ts';
import type { Step } from '../../state/types.ts';
import { ApplyPanel } from '../apply/ApplyPanel.tsx';
import { Icon } from '../controls/Icon.tsx';
import { DataHeading, DataPanel } from '../data/DataPanel.tsx';
import { GuidanceHeading, GuidancePanel } from '../guidance/GuidancePanel.tsx';
import { ModelPanel } from '../model/ModelPanel.tsx';
import { PerturbPanel } from '../perturb/PerturbPanel.tsx';
import type { Layout } from './use-layout.ts';

/** Id of the panel, for the skip link. */
export const PANEL_ID = 'side-panel';

type PanelName = 'Data' | 'Model' | 'Guidance' | 'Apply' | 'Perturb';

const panels: Record<PanelName, { heading: ReactNode; body: ReactNode }> = {
  Data: { heading: <DataHeading />, body: <DataPanel /> },
  Model: { heading: null, body: <ModelPanel /> },
  Guidance: { heading: <GuidanceHeading />, body: <GuidancePanel /> },
  Apply: { heading: null, body: <ApplyPanel /> },
  Perturb: { heading: null, body: <PerturbPanel /> },
};

/** The panel that belongs to a step. */
export function panelOf(step: Step): PanelName {
  if (step === 'data') return 'Data';
  if (step === 'apply') return 'Apply';
  if (step === 'perturb') return 'Perturb';
  return step === 'model' ? 'Model' : 'Guidance';
}

/** The complementary landmark. `first` is put above the body (the flow time on narrow screens). */
export function SidePanel({ layout, first }: { layout: Layout; first?: ReactNode }) {
  const name = useStudio((state) => panelOf(state.view.step));
  const [height, setHeight] = useState<SheetHeight>('half');
  const { heading, body } = panels[name];
  const narrow = layout === 'narrow';
  return (
    <aside
      className={`side ${narrow ? `sheet-${height}` : ''}`}
      id={PANEL_ID}
      aria-label={name}
      tabIndex={-1}
      data-landmark
    >
      {narrow && <Grab height={height} onChange={setHeight} />}
      <header>
        <h2>{name}</h2>
        <span className="grow" />
        {heading}
        {layout === 'medium' && (
          <button
            type="button"
            className="tool"
            aria-label="Close panel"
            onClick={() => togglePanel(false)}
          >
            <Icon name="close" />
          </button>
        )}
      </header>
      {first}
      {body}
    </aside>
  );
}

type SheetHeight = 'title' | 'half' | 'full';

const order: readonly SheetHeight[] = ['title', 'half', 'full'];
const said: Record<SheetHeight, string> = { title: 'closed', half: 'half open', full: 'full' };

/** The handle of the sheet: a press goes to the next height, a drag to the one above or below. */
function Grab(props: { height: SheetHeight; onChange: (height: SheetHeight) => void }) {
  const { height, onChange } = props;
  const [from, setFrom] = useState<number | null>(null);
  const at = order.indexOf(height);
  const end = (event: PointerEvent): void => {
    const moved = from === null ? 0 : from - event.clientY;
    setFrom(null);
    if (Math.abs(moved) < 12) onChange(order[(at + 1) % order.length] ?? 'half');
    else onChange(order[Math.min(2, Math.max(0, at + Math.sign(moved)))] ?? 'half');
  };
  return (
    <button
      type="button"
      className="grab"
      aria-label={`Panel height: ${said[height]}`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setFrom(event.clientY);
      }}
      onPointerUp={end}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onChange(order[(at + 1) % order.length] ?? 'half');
      }}
    />
  );
}
