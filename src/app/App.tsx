/** @file The frame of the studio: banner, map, panel, drawer, bottom bar, dialogs. */
import { useEffect, useRef } from 'react';
import { useStudio } from '../state/store.ts';
import { GlideMap, GlideTools, useGlideShown } from '../ui/apply/GlideMap.tsx';
import { ExportDialog } from '../ui/dialogs/ExportDialog.tsx';
import { KeysDialog } from '../ui/dialogs/KeysDialog.tsx';
import { Palette } from '../ui/dialogs/Palette.tsx';
import { Alerts } from '../ui/frame/Alerts.tsx';
import { BottomBar, StudioStatus } from '../ui/frame/BottomBar.tsx';
import { Drawer } from '../ui/frame/Drawer.tsx';
import { DropTarget } from '../ui/frame/DropTarget.tsx';
import { PANEL_ID, SidePanel, panelOf } from '../ui/frame/SidePanel.tsx';
import { StepNav } from '../ui/frame/StepNav.tsx';
import { TopBar } from '../ui/frame/TopBar.tsx';
import { useKeys } from '../ui/frame/use-keys.ts';
import { useLayout } from '../ui/frame/use-layout.ts';
import { CellMap } from '../ui/map/CellMap.tsx';
import { FlowTimeBar } from '../ui/map/FlowTimeBar.tsx';
import { MapTools } from '../ui/map/MapTools.tsx';
import { PerturbMap, PerturbTools, usePerturbShown } from '../ui/perturb/PerturbMap.tsx';

/** Everything on the page. */
export function App() {
  const layout = useLayout();
  useKeys(layout);
  const panelOpen = useStudio((state) => state.view.panelOpen);
  const narrow = layout === 'narrow';
  const flow = useFlowShown() ? <FlowTimeBar /> : null;
  return (
    <>
      <SkipLink />
      <div className={`app ${narrow ? 'phone' : ''}`}>
        <TopBar layout={layout} />
        <Stage flow={narrow ? null : flow} narrow={narrow} />
        {(panelOpen || layout !== 'medium') && (
          <SidePanel layout={layout} first={narrow ? flow : null} />
        )}
        {narrow && <StepNav icons />}
      </div>
      <ExportDialog />
      <KeysDialog />
      <Palette />
      <DropTarget />
    </>
  );
}

/** The flow time belongs to Generate, and needs cells. */
function useFlowShown(): boolean {
  return useStudio(
    ({ view, model, synthetic }) =>
      view.step === 'generate' && model.status === 'ready' && synthetic.sampleId !== null,
  );
}

function SkipLink() {
  const panel = useStudio((state) => panelOf(state.view.step).toLowerCase());
  return (
    <a
      className="skip"
      href={`#${PANEL_ID}`}
      onClick={(event) => {
        event.preventDefault();
        document.getElementById(PANEL_ID)?.focus();
      }}
    >
      Skip to {panel}
    </a>
  );
}

function Stage({ flow, narrow }: { flow: React.ReactNode; narrow: boolean }) {
  const drawer = useStudio((state) => state.view.drawer);
  const area = useRef<HTMLDivElement>(null);
  const glide = useGlideShown();
  const predicted = usePerturbShown();
  useEffect(() => {
    area.current?.style.setProperty('--alerts', '0px');
  }, []);
  return (
    <main className={`main ${drawer ? 'with-drawer' : ''}`} tabIndex={-1} data-landmark>
      {glide ? <GlideTools /> : predicted ? <PerturbTools /> : <MapTools />}
      <div className="map-area" ref={area}>
        <CellMap />
        <GlideMap />
        <PerturbMap />
        <Alerts
          onHeight={(height) =>
            area.current?.style.setProperty('--alerts', `${height > 0 ? height + 14 : 0}px`)
          }
        />
      </div>
      {flow && <div className="flow-slot">{flow}</div>}
      {drawer && <Drawer full={narrow} />}
      {narrow ? <StudioStatus hidden /> : <BottomBar />}
    </main>
  );
}
