/** @file The verdict's plots as SVG text, drawn off the page for the report. */
import type { ReactNode } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import type { Curves } from '../../protocol/curves.ts';
import { suggestWeight } from '../../protocol/suggest-weight.ts';
import type { Verdict } from '../../protocol/judge.ts';
import { curveKinds } from './curve-kinds.ts';
import { CurvePlot } from './CurvePlot.tsx';
import { FloorKey, FloorPlot } from './FloorPlot.tsx';
import { GroupPlot } from './GroupPlot.tsx';

/** Figures of a report, as markup. */
export interface ReportFigures {
  readonly checks: string;
  readonly groups: readonly { readonly title: string; readonly figure: string }[];
  readonly curves: readonly { readonly title: string; readonly figure: string }[];
}

function draw(content: ReactNode): string {
  const holder = document.createElement('div');
  const root = createRoot(holder);
  flushSync(() => root.render(content));
  const markup = holder.innerHTML;
  root.unmount();
  return markup;
}

/** Groups of one attribute in a figure; the largest are drawn. */
const MOST_DRAWN = 6;

/** Draws the checks, one plot an attribute or combination (half a page wide), and the curves measured so far. */
export function verdictFigures({ checks, groups }: Verdict, curves: Curves | null): ReportFigures {
  const attributes = [...new Set(groups.map(({ attribute }) => attribute))];
  return {
    checks:
      checks.length === 0
        ? ''
        : draw(
            <>
              <FloorKey />
              <FloorPlot checks={checks} width={400} />
            </>,
          ),
    groups: attributes.map((title) => {
      const own = groups.filter(({ attribute }) => attribute === title);
      const shown = own.slice(0, MOST_DRAWN);
      const some = shown.length < own.length ? `, the ${MOST_DRAWN} largest of ${own.length}` : '';
      return { title: `${title}${some}`, figure: draw(<GroupPlot groups={shown} width={340} />) };
    }),
    curves: (curves?.attributes ?? []).map((title, attribute) => ({
      title,
      figure: curves ? curveFigure(curves, attribute) : '',
    })),
  };
}

function curveFigure(curves: Curves, attribute: number): string {
  const lines = curves.choices.map((choice, index) => ({
    choice,
    points: curves.points.filter((p) => p.choice === index && p.attribute === attribute),
  }));
  const last = lines[lines.length - 1];
  const suggestion = suggestWeight(last.choice, attribute, last.points);
  return draw(
    <>
      {curveKinds(attribute).map((kind) => (
        <CurvePlot
          key={kind.title}
          kind={kind}
          lines={lines}
          width={218}
          suggested={suggestion?.weight ?? null}
        />
      ))}
      <p>{suggestion ? `${last.choice.value}: ${suggestion.says}` : last.choice.value}</p>
    </>,
  );
}
