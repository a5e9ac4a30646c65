/** @file Which pairs of values of the chosen attributes have no cells, before training. */
import './combinations.css';
import { useMemo, useState } from 'react';
import type { CategoryColumn } from '../../protocol/dataset.ts';
import { columnOf, keptCells } from '../../state/data-view.ts';
import { emptyCombinations, pairTable, type PairTable } from '../../state/combinations.ts';
import { formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';

interface Named extends CategoryColumn {
  readonly name: string;
}

/** What is seen of a table without scrolling, about. */
const mostRows = 13;
const mostColumns = 7;

/** The value that stands for a pair in the list. */
const pairValue = (first: number, second: number): string => `${first}/${second}`;

/** A table of the kept cells of two attributes' values, and the total of combinations without cells. */
export function Combinations() {
  const data = useStudio((state) => state.data);
  const choices = useStudio((state) => state.choices);
  const [pair, setPair] = useState(pairValue(0, 1));
  const { attributes } = choices;
  const mask = useMemo(() => keptCells(choices, data).mask, [choices, data]);
  const columns = useMemo(
    () =>
      attributes.flatMap((name): Named[] => {
        const column = columnOf(name, data);
        return column ? [{ name, ...column }] : [];
      }),
    [attributes, data],
  );
  const pairs = columns.flatMap((_, first) =>
    columns.slice(first + 1).map((_other, after) => [first, first + 1 + after] as const),
  );
  const chosen = pairs.find(([a, b]) => pairValue(a, b) === pair) ?? pairs[0];
  const [first, second] = [columns[chosen?.[0] ?? -1], columns[chosen?.[1] ?? -1]];
  const table = useMemo(() => {
    if (!first || !second) return null;
    // The longer list reads better downwards.
    const tall = first.categories.length >= second.categories.length;
    return tall ? pairTable(first, second, mask) : pairTable(second, first, mask);
  }, [first, second, mask]);
  const all = useMemo(() => emptyCombinations(columns, mask), [columns, mask]);
  if (!table || !first || !second || table.rows.length === 0) return null;
  return (
    <div className="pair-box">
      <h4>
        Combinations
        <span className="aside">{columns.length > 2 ? all && allText(all) : pairText(table)}</span>
      </h4>
      {pairs.length > 1 && (
        <Choice
          label="Combinations of"
          entries={pairs.map(([a, b]) => ({
            value: pairValue(a, b),
            label: `${columns[a]?.name} × ${columns[b]?.name}`,
          }))}
          value={pairValue(chosen?.[0] ?? 0, chosen?.[1] ?? 1)}
          onChange={setPair}
        />
      )}
      <Table table={table} label={`Cells of ${first.name} and ${second.name}`} />
      <p className="small after">
        {columns.length > 2 && `Of this pair, ${pairText(table)}. `}
        {table.empty > 0 &&
          'Hatched: no cells. Such a combination can be asked for, but not checked. '}
        {(table.rows.length > mostRows || table.columns.length > mostColumns) &&
          'Scroll in the table for the rest.'}
      </p>
    </div>
  );
}

function noneText(empty: number, all: number, what: string): string {
  if (empty === 0) return `all ${formatNumber(all)}${what} have cells`;
  return `${formatNumber(empty)} of ${formatNumber(all)}${what} have no cells`;
}

function pairText({ rows, columns, empty }: PairTable): string {
  return noneText(empty, rows.length * columns.length, '');
}

function allText({ all, empty }: { readonly all: number; readonly empty: number }): string {
  return noneText(empty, all, '');
}

/** Short names need not be turned to stand over their column. */
const isShort = (name: string): boolean => name.length <= 4;

function Table({ table, label }: { table: PairTable; label: string }) {
  const { rows, columns, cells } = table;
  return (
    <div className="pair-scroll" role="region" aria-label={label} tabIndex={0}>
      <table className={`pair-table ${columns.every(isShort) ? 'upright' : ''}`}>
        <thead>
          <tr>
            <td />
            {columns.map((name) => (
              <th key={name} scope="col" title={name}>
                <span>{name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((name, r) => (
            <tr key={name}>
              <th scope="row" title={name}>
                {name}
              </th>
              {columns.map((column, c) => (
                <Cell key={column} cells={cells[r]?.[c] ?? 0} title={`${name}, ${column}`} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ cells, title }: { cells: number; title: string }) {
  const words = `${title}: ${cells === 0 ? 'no cells' : formatNumber(cells)}`;
  if (cells > 0) return <td title={words}>{formatNumber(cells)}</td>;
  return (
    <td className="none" title={words}>
      <span className="hidden">no cells</span>
    </td>
  );
}
