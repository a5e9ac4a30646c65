/** @file Saving a figure in the format that was asked for. */
import { saveBlob, type BuiltFigure } from './figure-file.ts';
import { rasterise } from './figure-picture.ts';

/** How a figure is saved. */
export type FigureFormat = 'svg' | 'png300' | 'png600';

/** Saves a figure under a name without ending. @returns the file's name. Error when the browser cannot draw it. */
export async function saveFigure(
  { svg, text, points = [] }: BuiltFigure,
  format: FigureFormat,
  name: string,
): Promise<string> {
  const file = new Blob([...svg], { type: 'image/svg+xml' });
  if (format === 'svg') {
    saveBlob(file, `${name}.svg`);
    return `${name}.svg`;
  }
  const dots = format === 'png300' ? 300 : 600;
  saveBlob(await rasterise(file, dots, text, points), `${name}-${dots}dpi.png`);
  return `${name}-${dots}dpi.png`;
}
