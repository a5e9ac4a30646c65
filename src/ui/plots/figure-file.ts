/** @file Figures as files: SVG whose text stays text, and PNG of a printed size, both with caption and provenance inside. */
import type { PicturePoints } from '../../protocol/map.ts';

/** One inch in millimetres. */
const inch = 25.4;
/** Colour of the rings round synthetic cells. */
export const ringColour = '#15181b';

/** Text that goes with a figure. */
export interface FigureText {
  /** Short name, for the file and for assistive technology. */
  readonly title: string;
  /** One or two sentences under the figure. */
  readonly caption: string;
  /** File, model, seed, weights, program: kept as metadata. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

/** A figure that is to be saved. */
export interface BuiltFigure {
  /** The SVG file in pieces. */
  readonly svg: readonly BlobPart[];
  readonly text: FigureText;
  /** Points that lie under the SVG, for figures that become a PNG. */
  readonly points?: readonly PicturePoints[];
}

/** Escapes text for XML. */
export function xmlText(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** Breaks a text into lines of at most so many letters, at spaces. */
export function wrapWords(text: string, letters: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > letters) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}

/**
 * A complete SVG file around drawn content, with the caption below it.
 *
 * @param body   inner markup for a box of `width` × `height` CSS pixels
 * @param ground false: nothing is painted behind the content, which is to lie over something else
 */
export function composeSvg(
  body: string,
  width: number,
  height: number,
  { title, caption, provenance }: FigureText,
  ground = true,
): string {
  const lines = wrapWords(caption, Math.max(30, Math.floor(width / 5.1)));
  const full = height + 10 + 14 * lines.length;
  const words = lines
    .map((line, i) => `<text x="4" y="${height + 16 + 14 * i}">${xmlText(line)}</text>`)
    .join('');
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${full}" viewBox="0 0 ${width} ${full}" font-family="Inter, Helvetica, Arial, sans-serif" role="img">
<title>${xmlText(title)}</title>
<desc>${xmlText(caption)}</desc>
<metadata>${xmlText(JSON.stringify(provenance))}</metadata>
${
  ground
    ? `<rect width="${width}" height="${full}" fill="#ffffff"/>
`
    : ''
}${body}
<g font-size="10" fill="#555b61">${words}</g>
</svg>
`;
}

const inlined = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linejoin',
  'opacity',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
  'paint-order',
] as const;
const defaults: Readonly<Record<string, string>> = {
  'fill-opacity': '1',
  'stroke-opacity': '1',
  'stroke-dasharray': 'none',
  'stroke-linejoin': 'miter',
  opacity: '1',
  'text-anchor': 'start',
  'dominant-baseline': 'auto',
  'paint-order': 'normal',
};

/** Tokens of the light theme, which figures use whatever the screen shows. */
const paper: Readonly<Record<string, string>> = {
  '--stage': '#ffffff',
  '--panel': '#ffffff',
  '--raised': '#ffffff',
  '--well': '#ebebe8',
  '--line': '#dededa',
  '--line-strong': '#b4b6b3',
  '--control': '#85898b',
  '--ink': '#1a1d20',
  '--ink-2': '#555b61',
  '--ink-3': '#676d74',
  '--accent': '#0b6477',
  '--accent-soft': '#dcebee',
  '--warn': '#7a4d00',
  '--floor': '#dfe4e2',
  '--floor-line': '#7b8684',
  '--ring': '#15181b',
  '--halo': '#ffffff',
};

/** The inner markup of a drawn SVG with every style written out, in the colours of the light theme. */
export function inlineStyles(svg: SVGSVGElement): string {
  const holder = document.createElement('div');
  holder.style.cssText = 'position:absolute;left:-9999px;top:0';
  for (const [name, value] of Object.entries(paper)) holder.style.setProperty(name, value);
  holder.className = svg.parentElement?.className ?? '';
  const copy = svg.cloneNode(true) as SVGSVGElement;
  holder.append(copy);
  document.body.append(holder);
  const elements = [...copy.querySelectorAll<SVGElement>('*')];
  for (const element of elements) {
    const style = getComputedStyle(element);
    for (const name of inlined) {
      const value = style.getPropertyValue(name);
      if (value && value !== defaults[name]) element.setAttribute(name, value);
    }
    if (style.display === 'none') element.setAttribute('display', 'none');
  }
  // only now: rules for children look at the classes of their parents
  for (const element of elements)
    for (const name of ['class', 'style', 'tabindex', 'role', 'aria-label', 'data-gene'])
      element.removeAttribute(name);
  const markup = copy.innerHTML;
  holder.remove();
  return markup;
}

/** Hands a file to the browser as a download. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** CRC-32 as PNG chunks carry it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + content.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, content.length);
  for (let i = 0; i < 4; i += 1) out[4 + i] = type.charCodeAt(i);
  out.set(content, 8);
  view.setUint32(8 + content.length, crc32(out.subarray(4, 8 + content.length)));
  return out;
}

/** A PNG with its printed resolution (pHYs) and texts (iTXt) added after the header. Error: not a PNG. */
export function annotatePng(
  png: Uint8Array,
  dotsPerInch: number,
  texts: Readonly<Record<string, string>>,
): Uint8Array {
  if (png[0] !== 0x89 || png[1] !== 0x50) throw new Error('not a PNG');
  const size = new Uint8Array(9);
  const view = new DataView(size.buffer);
  const perMetre = Math.round((dotsPerInch * 1000) / inch);
  view.setUint32(0, perMetre);
  view.setUint32(4, perMetre);
  size[8] = 1;
  const encoder = new TextEncoder();
  const parts = Object.entries(texts).map(([key, text]) =>
    chunk('iTXt', encoder.encode(`${key}\0\0\0\0\0${text}`)),
  );
  const added = [chunk('pHYs', size), ...parts];
  const header = 33;
  const total = added.reduce((sum, { length }) => sum + length, png.length);
  const out = new Uint8Array(total);
  out.set(png.subarray(0, header));
  let at = header;
  for (const part of added) {
    out.set(part, at);
    at += part.length;
  }
  out.set(png.subarray(header), at);
  return out;
}
