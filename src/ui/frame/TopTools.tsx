/** @file The right end of the top bar: undo, redo, theme, help, search; the same as a menu on narrow screens. */
import { Menu } from '@mantine/core';
import { openKeys, setTheme, toggleDrawer, togglePanel } from '../../state/actions/index.ts';
import { redo, undo, useHistory } from '../../state/history.ts';
import { useStudio } from '../../state/store.ts';
import { Icon } from '../controls/Icon.tsx';
import type { IconName } from '../controls/Icon.tsx';
import { Tip } from '../controls/Tip.tsx';
import { openPalette } from '../dialogs/palette-store.ts';
import { chooseFile } from './OpenFile.tsx';
import { nextTheme } from './use-theme.ts';

function Tool(props: { icon: IconName; label: string; run: () => void; disabled?: boolean }) {
  return (
    <Tip text={`${props.label}.`}>
      <button
        type="button"
        className="tool"
        aria-label={props.label}
        disabled={props.disabled ?? false}
        onClick={props.run}
      >
        <Icon name={props.icon} />
      </button>
    </Tip>
  );
}

/** Undo and redo of what a person steers. */
export function HistoryTools() {
  const { canUndo, canRedo } = useHistory();
  return (
    <>
      <Tool icon="undo" label="Undo" run={() => void undo()} disabled={!canUndo} />
      <Tool icon="redo" label="Redo" run={() => void redo()} disabled={!canRedo} />
    </>
  );
}

const themeIcons = { system: 'halfMoon', light: 'sun', dark: 'moon' } as const;

/** Goes round system, light and dark; the name says what a press brings. */
export function ThemeTool() {
  const theme = useStudio((state) => state.view.theme);
  const next = nextTheme(theme);
  return <Tool icon={themeIcons[next]} label={`Use ${next} theme`} run={() => setTheme(next)} />;
}

/** Opens the list of keys. */
export function HelpTool() {
  return <Tool icon="help" label="Help" run={() => openKeys(true)} />;
}

/** Opens the palette. */
export function SearchTool({ slim = false }: { slim?: boolean }) {
  const mac = navigator.platform.startsWith('Mac');
  return (
    <button
      type="button"
      className={slim ? 'tool' : 'find'}
      aria-label="Search and commands"
      onClick={() => openPalette()}
    >
      <Icon name="search" />
      {!slim && <kbd className="wide-only">{mac ? '⌘ K' : 'Ctrl K'}</kbd>}
    </button>
  );
}

/** Shows or hides the side panel where it lies over the map. */
export function PanelTool() {
  const open = useStudio((state) => state.view.panelOpen);
  return (
    <button
      type="button"
      className="tool"
      aria-label="Side panel"
      aria-pressed={open}
      onClick={() => togglePanel(!open)}
    >
      <Icon name="panel" />
    </button>
  );
}

/** What the top bar of a narrow screen has no room for. */
export function NarrowMenu() {
  const screen = useStudio((state) => state.model.info?.screen !== undefined);
  const theme = useStudio((state) => state.view.theme);
  const { canUndo, canRedo } = useHistory();
  const next = nextTheme(theme);
  return (
    <Menu classNames={{ dropdown: 'menu', item: 'menu-item' }} position="bottom-end" zIndex={70}>
      <Menu.Target>
        <button type="button" className="tool" aria-label="Menu">
          <Icon name="menu" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={chooseFile}>Open file</Menu.Item>
        <Menu.Item onClick={() => void undo()} disabled={!canUndo}>
          Undo
        </Menu.Item>
        <Menu.Item onClick={() => void redo()} disabled={!canRedo}>
          Redo
        </Menu.Item>
        <Menu.Item onClick={() => toggleDrawer('training')}>Loss curves</Menu.Item>
        <Menu.Item onClick={() => toggleDrawer('verdict')}>Verdict</Menu.Item>
        <Menu.Item onClick={() => toggleDrawer('selection')}>Selection</Menu.Item>
        <Menu.Item onClick={() => toggleDrawer('plots')}>Plots</Menu.Item>
        {screen && <Menu.Item onClick={() => toggleDrawer('perturb')}>Prediction</Menu.Item>}
        <Menu.Item onClick={() => setTheme(next)}>Use {next} theme</Menu.Item>
        <Menu.Item onClick={() => openKeys(true)}>Help</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
