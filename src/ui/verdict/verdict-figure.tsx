/** @file The verdict's plot as SVG text, drawn off the page for the report. */
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import type { Verdict } from '../../protocol/judge.ts';
import { FloorPlot } from './FloorPlot.tsx';

/** Draws the checks 660 pixels wide and returns the markup. */
export function verdictFigure({ checks }: Verdict): string {
  const holder = document.createElement('div');
  const root = createRoot(holder);
  flushSync(() => root.render(<FloorPlot checks={checks} width={660} />));
  const markup = holder.innerHTML;
  root.unmount();
  return markup;
}
