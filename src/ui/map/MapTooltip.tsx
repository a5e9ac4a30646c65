/** @file The tooltip of the cell under the pointer. */
import { get } from '../../state/store.ts';
import type { Colouring } from './colouring.ts';
import { cellFacts } from './tooltip-facts.ts';
import type { HoveredCell } from './use-hover.ts';

/** Properties of the tooltip. */
export interface MapTooltipProps {
  readonly cell: HoveredCell;
  readonly colouring: Colouring;
  readonly width: number;
  readonly height: number;
}

/** Who the cell is, its values, its distance; opens towards the middle of the map. */
export function MapTooltip({ cell, colouring, width, height }: MapTooltipProps) {
  const { title, facts } = cellFacts(cell, get(), colouring);
  const left = cell.x < width / 2;
  const up = cell.y > height / 2;
  return (
    <div
      className="tooltip"
      style={{
        ...(left ? { left: cell.x + 10 } : { right: width - cell.x + 10 }),
        ...(up ? { bottom: height - cell.y + 8 } : { top: cell.y + 8 }),
      }}
    >
      <b>{title}</b>
      <dl>
        {facts.map(({ name, value }) => (
          <div key={`${name} ${value}`} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
