/** @file How wide a text is in a plot, and how it is cut or broken so that names stay apart. */

/** Width of a letter relative to its size where nothing can be measured. */
const usual = 0.58;
let pen: CanvasRenderingContext2D | null | undefined;

/** Width of a text of a plot, in pixels; text of plots is 11 px. */
export function textWidth(text: string, size = 11): number {
  if (pen === undefined)
    pen =
      typeof document === 'undefined' ? null : document.createElement('canvas').getContext('2d');
  if (!pen) return text.length * size * usual;
  pen.font = `500 ${size}px "Inter Variable", Inter, system-ui, sans-serif`;
  return pen.measureText(text).width;
}

/** Cuts the middle out of a text that is too wide: names often differ only at their ends. */
export function fitText(text: string, room: number): string {
  if (textWidth(text) <= room) return text;
  const letters = [...text];
  for (let kept = letters.length - 1; kept > 2; kept -= 1) {
    const head = Math.ceil(kept / 2);
    const cut = `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (kept - head)).join('')}`;
    if (textWidth(cut) <= room) return cut;
  }
  return `${letters.slice(0, 1).join('')}…`;
}

/** Breaks a text into at most so many lines, after spaces, slashes, hyphens and underscores; the last one is cut if it must be. */
export function wrapText(text: string, room: number, most: number): string[] {
  const parts = text.match(/[^\s/_-]+[\s/_-]*|[\s/_-]+/g) ?? [text];
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    const full = lines.length === most - 1;
    if (line !== '' && !full && textWidth((line + part).trimEnd()) > room) {
      lines.push(line.trimEnd());
      line = part;
    } else line += part;
  }
  return [...lines, line.trimEnd()].map((own) => fitText(own, room));
}
