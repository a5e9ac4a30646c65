/** @file The menu that saves a figure: SVG, PNG for print, and its numbers. */
import { Menu } from '@mantine/core';
import { saveText } from '../../state/actions/save-file.ts';
import { say, showError } from '../../state/actions/alerts.ts';
import type { BuiltFigure } from './figure-file.ts';
import { nextTask } from './next-task.ts';
import { saveFigure, type FigureFormat } from './save-figure.ts';

/** What a menu saves. */
export interface SaveMenuProps {
  /** Accessible name, e.g. "Save figure". */
  readonly label: string;
  /** File name without ending. */
  readonly name: string;
  /** Draws the figure when it is asked for, as an SVG file or for a PNG; null: there is nothing. */
  readonly build: (as: 'svg' | 'png') => BuiltFigure | null | Promise<BuiltFigure | null>;
  /** The numbers as comma-separated values. */
  readonly csv?: () => string;
}

const formats: readonly (readonly [FigureFormat, string, string])[] = [
  ['svg', 'SVG', 'vector, text stays text'],
  ['png300', 'PNG, 300 dpi', 'for documents'],
  ['png600', 'PNG, 600 dpi', 'for print'],
];

/** A small button with the formats as its menu. */
export function SaveMenu({ label, name, build, csv }: SaveMenuProps) {
  const save = async (format: FigureFormat): Promise<void> => {
    try {
      // the menu closes first
      await nextTask();
      const built = await build(format === 'svg' ? 'svg' : 'png');
      if (!built) return;
      say(`Saved ${await saveFigure(built, format, name)}.`);
    } catch (thrown) {
      showError(thrown, 'The figure is still on the page.');
    }
  };
  return (
    <Menu
      classNames={{ dropdown: 'menu', item: 'menu-item' }}
      position="bottom-end"
      zIndex={70}
      transitionProps={{ duration: 90 }}
    >
      <Menu.Target>
        <button type="button" className="tool" aria-label={label} title={label}>
          <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M8 2v7.5M4.8 6.5 8 9.7l3.2-3.2M2.5 11.500v2h11v-2" />
          </svg>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(([format, text, note]) => (
          <Menu.Item key={format} onClick={() => void save(format)}>
            <span className="t">{text}</span>
            <span className="n">{note}</span>
          </Menu.Item>
        ))}
        {csv && (
          <Menu.Item
            onClick={() => {
              saveText(csv(), `${name}.csv`, 'text/csv');
              say(`Saved ${name}.csv.`);
            }}
          >
            <span className="t">CSV</span>
            <span className="n">the numbers</span>
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
