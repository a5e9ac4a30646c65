/** @file Selecting by keyboard: Enter on the focused map takes every cell in view, Shift adds, Alt subtracts. */
import { selectInside, type DrawnCells } from '../../state/actions/selection.ts';
import { modeOf } from './use-select-tool.ts';
import { unproject } from './view-fit.ts';
import type { Viewport } from './viewport.ts';

/** Selects the cells in the window for Enter; returns whether the key meant that. */
export function selectView(
  viewport: Viewport,
  drawn: DrawnCells,
  event: {
    readonly key: string;
    readonly shiftKey: boolean;
    readonly altKey: boolean;
    readonly ctrlKey: boolean;
    readonly metaKey: boolean;
  },
): boolean {
  if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return false;
  const view = viewport.get();
  const { width, height } = view;
  const corners = [0, 0, width, 0, width, height, 0, height];
  const polygon = new Float32Array(8);
  for (let i = 0; i < 8; i += 2) polygon.set(unproject(view, corners[i], corners[i + 1]), i);
  selectInside(polygon, drawn, modeOf(event));
  return true;
}
