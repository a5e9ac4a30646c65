/** @file The grid "Together": real cells for every pair of values of two attributes; a click chooses both. */
import type { CSSProperties, KeyboardEvent } from 'react';
import { useMemo, useRef, useState } from 'react';
import type { ModelAttribute, ModelInfo } from '../../protocol/model.ts';
import { combinationCells } from '../../state/data-view.ts';
import { Swatch } from '../controls/Choice.tsx';
import { realCells } from './guidance-view.ts';

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The attribute with more values lies across. */
export function gridAxes(info: ModelInfo): { across: ModelAttribute; down: ModelAttribute } | null {
  const [first, second] = info.attributes;
  if (!first || !second || info.attributes.length !== 2) return null;
  return first.categories.length >= second.categories.length
    ? { across: first, down: second }
    : { across: second, down: first };
}

/** Grey of a count: 0 for none, then growing with its logarithm up to 78. */
export function shade(cells: number, most: number): number {
  if (cells === 0) return 0;
  return 24 + (54 * Math.log1p(cells)) / Math.log1p(Math.max(1, most));
}

/** A grid of counts with a roving focus; arrow keys move, Enter, Space or a click choose. */
export function CombinationGrid(props: {
  info: ModelInfo;
  across: ModelAttribute;
  down: ModelAttribute;
  values: Readonly<Record<string, string | null>>;
  colours: ReadonlyMap<string, string>;
  onChoose: (across: string, down: string) => void;
}) {
  const { info, across, down, values, colours, onChoose } = props;
  const box = useRef<HTMLDivElement>(null);
  const counts = useMemo(
    () =>
      down.categories.map((row) =>
        across.categories.map(
          (column) => combinationCells(info, { [across.name]: column, [down.name]: row }) ?? 0,
        ),
      ),
    [info, across, down],
  );
  const most = Math.max(1, ...counts.flat());
  const chosenRow = down.categories.indexOf(values[down.name] ?? '');
  const chosenColumn = across.categories.indexOf(values[across.name] ?? '');
  const [moved, setMoved] = useState<readonly [number, number] | null>(null);
  const [row, column] = moved ?? [Math.max(0, chosenRow), Math.max(0, chosenColumn)];

  const move = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const nextRow = Math.min(down.categories.length - 1, Math.max(0, row + step[0]));
    const nextColumn = Math.min(across.categories.length - 1, Math.max(0, column + step[1]));
    setMoved([nextRow, nextColumn]);
    box.current?.querySelector<HTMLElement>(`[data-at="${nextRow}/${nextColumn}"]`)?.focus();
  };

  return (
    <div
      className="grid-combo"
      role="grid"
      aria-label="Real cells for each combination"
      ref={box}
      onKeyDown={move}
      style={{
        gridTemplateColumns: `fit-content(84px) repeat(${across.categories.length}, minmax(0, 1fr))`,
      }}
    >
      <ColumnHeads across={across} colours={colours} />
      {down.categories.map((rowName, r) => (
        <div role="row" className="grid-row" key={rowName}>
          <span role="rowheader" className="row-head" title={rowName}>
            {rowName}
          </span>
          {across.categories.map((columnName, c) => {
            const cells = counts[r]?.[c] ?? 0;
            const chosen = r === chosenRow && c === chosenColumn;
            return (
              <button
                key={columnName}
                type="button"
                role="gridcell"
                data-at={`${r}/${c}`}
                tabIndex={r === row && c === column ? 0 : -1}
                aria-selected={chosen}
                aria-label={`${columnName}, ${rowName}: ${realCells(cells)}`}
                title={`${columnName}, ${rowName}: ${realCells(cells)}`}
                className={`cell ${cells === 0 ? 'none' : ''} ${chosen ? 'sel' : ''}`}
                style={{ '--v': shade(cells, most) } as CSSProperties}
                onClick={() => {
                  setMoved([r, c]);
                  onChoose(columnName, rowName);
                }}
              />
            );
          })}
        </div>
      ))}
    </div>
  );
}

/** Width of the columns together, and of a letter, in pixels. */
const columnsWidth = 250;
const letterWidth = 6.4;
/** Columns narrower than a line of text get no written head; every cell tells its names when it is pointed at. */
const leastColumn = 12;

/** How the heads of columns are written: level where every name fits, else upright, or not at all. */
export function headsOf(names: readonly string[]): 'level' | 'upright' | 'none' {
  const room = columnsWidth / Math.max(1, names.length);
  const longest = Math.max(0, ...names.map((name) => name.length));
  if (longest * letterWidth <= room) return 'level';
  return room < leastColumn ? 'none' : 'upright';
}

function ColumnHeads(props: { across: ModelAttribute; colours: ReadonlyMap<string, string> }) {
  const { across, colours } = props;
  const heads = headsOf(across.categories);
  return (
    <div role="row" className="grid-row">
      <span role="columnheader" aria-label={across.name} />
      {across.categories.map((category) => {
        const colour = colours.get(category);
        return (
          <span
            role="columnheader"
            className="ctop"
            key={category}
            title={category}
            aria-label={category}
          >
            {colour && <Swatch colour={colour} />}
            {!colour && heads !== 'none' && <span className={`col-head ${heads}`}>{category}</span>}
          </span>
        );
      })}
    </div>
  );
}
