/** @file The frame around every plot: heading, keyboard reading of its marks, the same numbers as a table, and saving. */
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useThemeTokens } from '../map/theme-tokens.ts';
import { drawApart } from './draw-apart.ts';
import { composeSvg, inlineStyles } from './figure-file.ts';
import { figureName, figureProvenance, sourceSentence, type FigureMade } from './figure-source.ts';
import { SaveMenu } from './SaveMenu.tsx';
import { useSize } from './use-size.ts';

/** Numbers of a plot as a table; also its CSV. */
export interface PlotTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** What a plot needs from its frame. */
export interface PlotFrame {
  readonly width: number;
  readonly height: number;
  /** Mark that is read by keyboard or pointer, −1 none. */
  readonly active: number;
  /** Reads a mark out, for a pointer over it; −1 none. */
  readonly read: (mark: number) => void;
  /** Drawn on a dark ground; files are always light. */
  readonly dark: boolean;
}

/** Properties of the frame. */
export interface PlotFigureProps {
  readonly title: string;
  /** Short name for files: violin, qq, … */
  readonly kind: string;
  /** Text alternative: what the plot shows, with its main numbers. */
  readonly says: string;
  /** Sentence for the caption of the saved figure. */
  readonly caption: string;
  /** One sentence a mark, read with the arrow keys. */
  readonly marks: readonly string[];
  readonly table: PlotTable;
  /** Smallest width at which the plot is still legible; narrower places scroll. */
  readonly least?: number;
  /** Least height. */
  readonly leastHeight?: number;
  /** How its cells were made, where Guidance did not steer them. */
  readonly made?: FigureMade;
  readonly children: (frame: PlotFrame) => ReactNode;
  /** The same plot as SVG, for files, where `children` draws on a canvas. */
  readonly drawing?: (frame: PlotFrame) => ReactNode;
}

const quote = (value: string | number): string => {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** A table as comma-separated values. */
export function tableCsv({ head, rows }: PlotTable): string {
  return [head, ...rows].map((row) => row.map(quote).join(',')).join('\n') + '\n';
}

function moved(key: string, at: number, last: number): number | null {
  if (key === 'ArrowRight' || key === 'ArrowDown') return Math.min(last, at + 1);
  if (key === 'ArrowLeft' || key === 'ArrowUp') return Math.max(0, at - 1);
  if (key === 'Home') return 0;
  return key === 'End' ? last : null;
}

/** Heading and tools above, the plot or its table below. */
export function PlotFigure(props: PlotFigureProps) {
  const { title, kind, says, caption, marks, table, least = 0, leastHeight = 0, made = null, children, drawing } = props; // prettier-ignore
  const [asTable, setAsTable] = useState(false);
  const [active, setActive] = useState(-1);
  const { dark } = useThemeTokens();
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const width = Math.max(least, size.width);
  const height = Math.max(leastHeight, size.height);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = moved(event.key, active, marks.length - 1);
    if (next === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setActive(next);
  };
  const build = () => {
    const frame = { width, height, active: -1, read: () => undefined, dark: false };
    const svg = drawApart((drawing ?? children)(frame));
    if (!svg) return null;
    const text = {
      title,
      caption: `${caption} ${sourceSentence(made)}`,
      provenance: figureProvenance(kind, made),
    };
    const body = `<g font-size="11">${inlineStyles(svg)}</g>`;
    return { svg: [composeSvg(body, width, height, text)], text }; // prettier-ignore
  };
  return (
    <figure className="plot-figure" aria-label={title}>
      <figcaption>
        <b className="strong">{title}</b>
        <span className="grow" />
        <button type="button" className="link" onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show as plot' : 'Show as table'}
        </button>
        {!asTable && (
          <SaveMenu
            label={`Save plot: ${title}`}
            name={figureName(kind)}
            build={build}
            csv={() => tableCsv(table)}
          />
        )}
      </figcaption>
      {asTable ? (
        <TableOf table={table} title={title} />
      ) : (
        <div
          ref={box}
          className="plot-box"
          role="img"
          tabIndex={0}
          aria-label={says}
          aria-description={marks.length > 0 ? 'Arrow keys read the marks one by one.' : undefined}
          onKeyDown={onKeyDown}
          onBlur={() => setActive(-1)}
        >
          {width > 0 && height > 0 && children({ width, height, active, read: setActive, dark })}
        </div>
      )}
      <p className="plot-reading" aria-live="polite">
        {active >= 0 ? marks[active] : ''}
      </p>
    </figure>
  );
}

function TableOf({ table, title }: { readonly table: PlotTable; readonly title: string }) {
  return (
    <div className="plot-table" tabIndex={0} role="group" aria-label={`${title}, as a table`}>
      <table className="tbl">
        <thead>
          <tr>
            {table.head.map((text) => (
              <th key={text} scope="col">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, r) => (
            <tr key={`${r} ${row[0]}`}>
              {row.map((value, c) => (
                <td key={table.head[c]} className={typeof value === 'number' ? 'num' : undefined}>
                  {typeof value === 'number' ? Number(value.toPrecision(4)) : value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
