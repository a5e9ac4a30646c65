/** @file Where the legend stands: over the map's left edge, or on narrow maps as one line that opens. */
import { useState, type CSSProperties, type RefObject } from 'react';
import type { DrawnCells } from '../../state/actions/selection.ts';
import { useStudio } from '../../state/store.ts';
import { colourName, type Colouring } from './colouring.ts';
import { KindMark } from './KindMark.tsx';
import { Legend } from './Legend.tsx';
import { PaletteNote } from './PaletteNote.tsx';
import { ScaleLegend } from './ScaleLegend.tsx';

/** Properties of the legend's place. */
export interface MapLegendProps {
  readonly drawn: DrawnCells;
  readonly box: RefObject<HTMLDivElement | null>;
  /** One line that opens. */
  readonly small: boolean;
  readonly colouring: Colouring;
  readonly dark: boolean;
  readonly real: number;
  /** null when there are no synthetic cells. */
  readonly synthetic: number | null;
  readonly onFocus: (code: number | null) => void;
}

/** The legend of categories or of a number. */
export function MapLegend({
  drawn,
  box,
  small,
  colouring,
  dark,
  real,
  synthetic,
  onFocus,
}: MapLegendProps) {
  const [open, setOpen] = useState(false);
  const column = colouring.kind === 'categories' ? colouring.name : null;
  const current = useStudio((state) =>
    column === null ? null : (state.guidance.terms[column]?.value ?? null),
  );
  const full = !small || open;
  return (
    <div
      className={['legend', small ? 'one-line' : '', small && open ? 'open' : ''].join(' ').trim()}
      role="group"
      aria-label="Legend"
      ref={box}
    >
      {small && (
        <div className="row line">
          <Headline colouring={colouring} current={current} />
          <span className="row">
            <KindMark kind="real" />
            real
          </span>
          {synthetic !== null && (
            <span className="row">
              <KindMark kind="synthetic" />
              synthetic
            </span>
          )}
          <span className="grow" />
          <button
            type="button"
            className="link"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            Legend
          </button>
        </div>
      )}
      {full && colouring.kind === 'numbers' && (
        <ScaleLegend colouring={colouring} dark={dark} real={real} synthetic={synthetic} />
      )}
      {full && colouring.kind !== 'numbers' && (
        <Legend
          colouring={colouring.kind === 'categories' ? colouring : null}
          real={real}
          synthetic={synthetic}
          current={current}
          onFocus={onFocus}
          drawn={drawn}
        />
      )}
      {full && column !== null && <PaletteNote column={column} />}
    </div>
  );
}

/** The value steered towards with its colour, else what the colours mean. */
function Headline({ colouring, current }: { colouring: Colouring; current: string | null }) {
  const code =
    colouring.kind === 'categories' && current !== null
      ? colouring.categories.indexOf(current)
      : -1;
  if (colouring.kind === 'categories' && code >= 0)
    return (
      <span className="row">
        <span className="swatch" style={{ '--c': colouring.colours[code] } as CSSProperties} />
        <b className="strong">{current}</b>
      </span>
    );
  return <b className="strong">{colourName(colouring) ?? 'All cells'}</b>;
}
