/** @file The legend: a table of categories with their real and synthetic cells, also the map's text alternative. */
import {
  useMemo,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from 'react';
import { showAllCategories, soloCategory, toggleCategory } from '../../state/actions/index.ts';
import { setLegendOrder } from '../../state/actions/explore.ts';
import { selectCategories, type DrawnCells } from '../../state/actions/selection.ts';
import { useExplore, type LegendOrder } from '../../state/explore.ts';
import { formatNumber } from '../../state/format.ts';
import type { CategoryColouring } from './colouring.ts';
import { modeOf } from './use-select-tool.ts';
import { KindMark } from './KindMark.tsx';
import { legendRows, missingCells, mostRows, type LegendRow } from './legend-rows.ts';

/** Properties of the legend. */
export interface LegendProps {
  /** null: cells are not coloured, only their numbers are shown. */
  readonly colouring: CategoryColouring | null;
  readonly real: number;
  /** null when there are no synthetic cells. */
  readonly synthetic: number | null;
  /** The value that is steered towards, set in bold. */
  readonly current: string | null;
  readonly onFocus: (code: number | null) => void;
  readonly drawn: DrawnCells;
}

/** Legends with more rows can be searched. */
const searchable = 10;

/** Categories, real, synthetic. A click shows one category alone, Ctrl-click switches it, pointing fades the others. */
export function Legend({ colouring, real, synthetic, current, onFocus, drawn }: LegendProps) {
  const order = useExplore((state) => state.order);
  const [search, setSearch] = useState('');
  const rows = useMemo(
    () => (colouring ? legendRows(colouring, current, order) : []),
    [colouring, current, order],
  );
  const missing = useMemo(() => (colouring ? missingCells(colouring) : null), [colouring]);
  const withSynthetic = synthetic !== null;
  const unknown = colouring !== null && colouring.synthetic === null;
  const wanted = rows.length > searchable ? search.trim().toLowerCase() : '';
  const found = wanted === '' ? rows : rows.filter(({ name }) => name.toLowerCase().includes(wanted)); // prettier-ignore
  return (
    <>
      {rows.length > searchable && (
        <input
          type="search"
          className="legend-search"
          aria-label="Search the legend"
          placeholder={`Search ${rows.length} values`}
          spellCheck={false}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      <div className={rows.length > mostRows ? 'scrolls many' : 'scrolls'}>
        <table onMouseLeave={() => onFocus(null)}>
          <thead>
            <tr>
              <OrderHead own="name" order={order} sortable={rows.length > 1}>
                {colouring?.name ?? ''}
              </OrderHead>
              <OrderHead own="real" order={order} sortable={rows.length > 1}>
                <KindMark kind="real" />
                real
              </OrderHead>
              {withSynthetic && (
                <OrderHead own="synthetic" order={order} sortable={rows.length > 1 && !unknown}>
                  <KindMark kind="synthetic" />
                  synthetic
                </OrderHead>
              )}
            </tr>
          </thead>
          <tbody>
            <tr className="total">
              <th scope="row">
                {colouring ? (
                  <button
                    type="button"
                    className="key"
                    title="Show every category"
                    onClick={() => showAllCategories(colouring.name)}
                  >
                    All cells
                  </button>
                ) : (
                  'All cells'
                )}
              </th>
              <td>{formatNumber(real)}</td>
              {withSynthetic && <td>{formatNumber(synthetic)}</td>}
            </tr>
            {colouring &&
              found.map((row) => (
                <CategoryRow
                  key={row.name}
                  column={colouring.name}
                  row={row}
                  withSynthetic={withSynthetic}
                  onFocus={onFocus}
                />
              ))}
            {missing && missing.real > 0 && (
              <tr>
                <th scope="row">
                  <span className="key">
                    <span
                      className="swatch"
                      style={{ '--c': 'var(--line-strong)' } as CSSProperties}
                    />
                    no value
                  </span>
                </th>
                <td>{formatNumber(missing.real)}</td>
                {withSynthetic && <td>{unknown ? '–' : formatNumber(missing.synthetic)}</td>}
              </tr>
            )}
          </tbody>
        </table>
      </div>
      {wanted !== '' && found.length === 0 && <p className="none">No value contains “{search}”.</p>}
      {colouring && (
        <SelectShown
          drawn={drawn}
          codes={found.filter(({ shown }) => shown).map(({ code }) => code)}
        />
      )}
    </>
  );
}

/** A column head that orders the rows; the name's goes on to the file's own order. */
function OrderHead(props: {
  readonly own: LegendOrder;
  readonly order: LegendOrder;
  readonly sortable: boolean;
  readonly children: ReactNode;
}) {
  const { own, order, sortable, children } = props;
  if (!sortable)
    return (
      <th scope="col">
        <span className="row">{children}</span>
      </th>
    );
  const next = own === 'name' && order === 'name' ? 'file' : own;
  const title = {
    real: 'Order by real cells',
    synthetic: 'Order by synthetic cells',
    name: 'Order by name',
    file: 'Order as in the file',
  }[next];
  const sort = own === 'name' ? 'ascending' : 'descending';
  return (
    <th scope="col" aria-sort={order === own ? sort : 'none'}>
      <button
        type="button"
        className={order === own ? 'row head on' : 'row head'}
        title={title}
        onClick={() => setLegendOrder(next)}
      >
        {children}
      </button>
    </th>
  );
}

/** Selects the cells of the rows that are on: the way to a selection without a pointer. */
function SelectShown({
  drawn,
  codes,
}: {
  readonly drawn: DrawnCells;
  readonly codes: readonly number[];
}) {
  return (
    <button
      type="button"
      className="link select-shown"
      title="Select the cells of the values that are on. Shift: add them. Alt: take them away."
      disabled={codes.length === 0}
      onClick={(event) => selectCategories(codes, drawn, modeOf(event))}
    >
      Select these
    </button>
  );
}

interface CategoryRowProps {
  readonly column: string;
  readonly row: LegendRow;
  readonly withSynthetic: boolean;
  readonly onFocus: (code: number | null) => void;
}

function CategoryRow({ column, row, withSynthetic, onFocus }: CategoryRowProps) {
  const choose = (event: MouseEvent | KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey) toggleCategory(column, row.name);
    else soloCategory(column, row.name);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const pressed = event.key === 'Enter' || event.key === ' ';
    if (!pressed || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    choose(event);
  };
  const state = [row.current ? 'pick-row' : '', row.shown ? '' : 'off'].join(' ').trim();
  return (
    <tr className={`category ${state}`} onMouseEnter={() => onFocus(row.shown ? row.code : null)}>
      <th scope="row">
        <button
          type="button"
          className="key"
          aria-pressed={row.shown}
          title={`${row.name}. Click: only this one. Ctrl-click: on or off.`}
          onClick={choose}
          onKeyDown={onKeyDown}
          onFocus={(event) => {
            if (event.currentTarget.matches(':focus-visible')) onFocus(row.shown ? row.code : null);
          }}
          onBlur={() => onFocus(null)}
        >
          <span
            className={row.square ? 'swatch square' : 'swatch'}
            style={{ '--c': row.colour } as CSSProperties}
          />
          <span className="name">{row.name}</span>
        </button>
      </th>
      <td className={row.real === 0 ? 'zero' : undefined}>{formatNumber(row.real)}</td>
      {withSynthetic && (
        <td className={row.synthetic ? undefined : 'zero'}>
          {row.synthetic === null ? '–' : formatNumber(row.synthetic)}
        </td>
      )}
    </tr>
  );
}
