/** @file The map as a figure on paper: vector points up to 20,000, above them one picture; axes, names and legend always vector. */
import type { PicturePoints } from '../../protocol/map.ts';
import { fitText, textWidth } from '../plots/text-fit.ts';
import { ringColour, xmlText } from '../plots/figure-file.ts';

/** Points of one kind in drawing order. */
export type FigurePoints = PicturePoints;

/** One line of the legend. */
export interface FigureKey {
  readonly name: string;
  readonly colour: string;
  readonly real: number;
  readonly synthetic: number | null;
  /** Its colour is used twice: a square, as on the page. */
  readonly square: boolean;
}

/** What the figure shows. */
export interface FigureMap {
  readonly width: number;
  readonly height: number;
  readonly real: FigurePoints | null;
  readonly synthetic: FigurePoints | null;
  /** Names; `from` is where their cells are when the name had to stand apart. */
  readonly labels: readonly {
    readonly text: string;
    readonly x: number;
    readonly y: number;
    readonly from?: readonly [number, number];
  }[];
  readonly axes: readonly [string, string];
  readonly legendTitle: string;
  readonly keys: readonly FigureKey[];
  /** Colour bar: #rrggbb from low to high, and the ends' values. */
  readonly bar: { readonly colours: readonly string[]; readonly low: string; readonly high: string; readonly unit: string } | null; // prettier-ignore
  /** Where the points are: circles here, one picture here (its URL), or left to what lies under the figure. */
  readonly points: 'vector' | 'under' | { readonly picture: string };
  readonly realCells: number;
  readonly syntheticCells: number;
}

/** More points than this become one picture. */
export const mostVectorPoints = 20_000;
/** Width kept for the legend. */
export const legendWidth = 196;
/** #rrggbb of a packed colour. */
export function hexColour(packed: number): string {
  return `#${packed.toString(16).padStart(6, '0')}`;
}

/** Circles grouped by colour, so that a drawing program can pick a category at once. */
export function vectorPoints(points: FigurePoints, kind: 'real' | 'synthetic'): string {
  const groups = new Map<number, string[]>();
  for (let i = 0; i < points.colours.length; i += 1) {
    const x = points.xy[2 * i];
    const y = points.xy[2 * i + 1];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    const own = groups.get(points.colours[i]) ?? [];
    if (own.length === 0) groups.set(points.colours[i], own);
    own.push(`<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${points.radius}"/>`);
  }
  const ring = points.ring > 0 ? ` stroke="${ringColour}" stroke-width="${points.ring}"` : '';
  const inner = [...groups].map(
    ([colour, circles]) => `<g fill="${hexColour(colour)}">${circles.join('')}</g>`,
  );
  return `<g id="${kind}-cells" fill-opacity="${points.opacity}"${ring}>${inner.join('')}</g>`;
}

function legendMarkup(map: FigureMap): string {
  const x = map.width - legendWidth + 12;
  const both = map.syntheticCells > 0;
  const parts: string[] = [
    `<text x="${x}" y="20" font-weight="600" fill="#1a1d20">${xmlText(map.legendTitle)}</text>`,
    `<circle cx="${x + 4}" cy="34" r="2.6" fill="#676d74" fill-opacity="0.55"/><text x="${x + 13}" y="37.5">real, ${map.realCells.toLocaleString('en-GB')}</text>`,
  ];
  if (both)
    parts.push(
      `<circle cx="${x + 4}" cy="48" r="3" fill="#676d74" stroke="${ringColour}" stroke-width="1"/><text x="${x + 13}" y="51.5">synthetic, ${map.syntheticCells.toLocaleString('en-GB')}</text>`,
    );
  const top = both ? 70 : 56;
  if (map.bar) parts.push(barMarkup(map.bar, x, top));
  const room = Math.max(3, Math.floor((map.height - top - 10) / 14));
  const keys = map.keys.slice(0, map.keys.length > room ? room - 1 : room);
  keys.forEach(({ name, colour, real, synthetic, square }, row) => {
    const y = top + 14 * row;
    const counts = `${real.toLocaleString('en-GB')}${synthetic === null ? '' : ` | ${synthetic.toLocaleString('en-GB')}`}`;
    const short = fitText(name, map.width - x - 19 - textWidth(counts, 9.5));
    const mark = square
      ? `<rect x="${x + 1}" y="${y - 3}" width="6" height="6" fill="${colour}"/>`
      : `<circle cx="${x + 4}" cy="${y}" r="3.5" fill="${colour}"/>`;
    parts.push(
      `${mark}<text x="${x + 13}" y="${y + 3.5}" fill="#1a1d20">${xmlText(short)}</text><text x="${map.width - 6}" y="${y + 3.5}" text-anchor="end">${counts}</text>`,
    );
  });
  if (keys.length < map.keys.length)
    parts.push(
      `<text x="${x + 13}" y="${top + 14 * keys.length + 3.5}">and ${map.keys.length - keys.length} more</text>`,
    );
  return `<g id="legend" font-size="9.5" fill="#555b61">${parts.join('')}</g>`;
}

function barMarkup(bar: NonNullable<FigureMap['bar']>, x: number, top: number): string {
  const last = bar.colours.length - 1;
  const stops = bar.colours
    .map((colour, i) => `<stop offset="${(i / last).toFixed(3)}" stop-color="${colour}"/>`)
    .join('');
  return `<defs><linearGradient id="scale" x1="0" y1="1" x2="0" y2="0">${stops}</linearGradient></defs><rect x="${x}" y="${top}" width="10" height="96" fill="url(#scale)"/><text x="${x + 16}" y="${top + 8}">${xmlText(bar.high)}</text><text x="${x + 16}" y="${top + 96}">${xmlText(bar.low)}</text><text x="${x}" y="${top + 112}">${xmlText(bar.unit)}</text>`;
}

function axesMarkup({ axes, height }: FigureMap): string {
  const [x, y] = [10, height - 10];
  return `<g id="axes" font-size="9.5" fill="#555b61" stroke="none"><path d="M${x} ${y - 46}V${y}H${x + 46}" fill="none" stroke="#676d74"/><text x="${x + 2}" y="${y - 5}" dx="4">${xmlText(axes[0])}</text><text transform="translate(${x + 11} ${y - 18}) rotate(-90)" x="0" y="0">${xmlText(axes[1])}</text></g>`;
}

function cellsMarkup({ points, real, synthetic, width, height }: FigureMap): string {
  if (points === 'under') return '';
  if (points === 'vector')
    return [
      real ? vectorPoints(real, 'real') : '',
      synthetic ? vectorPoints(synthetic, 'synthetic') : '',
    ].join('\n');
  // by the older name of the attribute alone, which every program reads: both would double the file
  return `<image id="cells" x="0" y="0" width="${width - legendWidth}" height="${height}" xlink:href="${points.picture}"/>`;
}

/** The inner markup of the figure. */
export function figureMarkup(map: FigureMap): string {
  const names = map.labels
    .map(
      ({ text, x, y }) =>
        `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="middle" dominant-baseline="central">${xmlText(text)}</text>`,
    )
    .join('');
  const leaders = map.labels
    .flatMap(({ x, y, from }) =>
      from
        ? [
            `<path d="M${x.toFixed(1)} ${y.toFixed(1)}L${from[0].toFixed(1)} ${from[1].toFixed(1)}"/>`,
          ]
        : [],
    )
    .join('');
  return `${cellsMarkup(map)}
<g id="leaders" stroke="#676d74" stroke-width="0.7" fill="none">${leaders}</g>
<g id="names" font-size="10" font-weight="600" fill="#1a1d20" stroke="#ffffff" stroke-width="3" paint-order="stroke" stroke-linejoin="round">${names}</g>
${axesMarkup(map)}
${legendMarkup(map)}`;
}
