/** @file The banner: name, steps, open file, device, local only, undo, theme, help, search. */
import { Mark } from '../controls/Icon.tsx';
import { DeviceChip, LocalChip } from './DeviceChip.tsx';
import { OpenFile } from './OpenFile.tsx';
import { StepNav } from './StepNav.tsx';
import {
  HelpTool,
  HistoryTools,
  NarrowMenu,
  PanelTool,
  SearchTool,
  ThemeTool,
} from './TopTools.tsx';
import type { Layout } from './use-layout.ts';

function Brand() {
  return (
    <span className="brand">
      <Mark />
      <span className="brand-name">Cellsmith</span>
    </span>
  );
}

/** The top bar; on narrow screens the steps leave it for a tab bar and the tools for a menu. */
export function TopBar({ layout }: { layout: Layout }) {
  if (layout === 'narrow') {
    return (
      <header className="top" tabIndex={-1} data-landmark>
        <Brand />
        <div className="tools">
          <OpenFile bare />
          <DeviceChip />
          <SearchTool slim />
          <NarrowMenu />
        </div>
      </header>
    );
  }
  return (
    <header className="top" tabIndex={-1} data-landmark>
      <Brand />
      <StepNav />
      <div className="tools">
        <OpenFile />
        <span className="sep" />
        <DeviceChip />
        <LocalChip />
        <span className="sep" />
        <HistoryTools />
        <ThemeTool />
        <HelpTool />
        <SearchTool />
        {layout === 'medium' && <PanelTool />}
      </div>
    </header>
  );
}
