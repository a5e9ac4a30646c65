/** @file The legend: a table of categories with their real and synthetic cells, also the map's text alternative. */
import { useMemo, type CSSProperties, type KeyboardEvent, type MouseEvent } from 'react';
import { showAllCategories, soloCategory, toggleCategory } from '../../state/actions/index.ts';
import { formatNumber } from '../../state/format.ts';
import type { CategoryColouring } from './colouring.ts';
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
}

/** Categories, real, synthetic. A click shows one category alone, Ctrl-click switches it, pointing fades the others. */
export function Legend({ colouring, real, synthetic, current, onFocus }: LegendProps) {
  const rows = useMemo(
    () => (colouring ? legendRows(colouring, current) : []),
    [colouring, current],
  );
  const missing = useMemo(() => (colouring ? missingCells(colouring) : null), [colouring]);
  const withSynthetic = synthetic !== null;
  const unknown = colouring !== null && colouring.synthetic === null;
  return (
    <div className={rows.length > mostRows ? 'scrolls many' : 'scrolls'}>
      <table onMouseLeave={() => onFocus(null)}>
        <thead>
          <tr>
            <th scope="col">{colouring?.name ?? ''}</th>
            <th scope="col">
              <span className="row">
                <KindMark kind="real" />
                real
              </span>
            </th>
            {withSynthetic && (
              <th scope="col">
                <span className="row">
                  <KindMark kind="synthetic" />
                  synthetic
                </span>
              </th>
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
            rows.map((row) => (
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
