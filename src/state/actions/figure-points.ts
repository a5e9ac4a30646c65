/** @file Points of a figure that are too many for vectors, drawn away from the page. */
import { map } from '../../clients/map-client.ts';
import type { PictureRequest } from '../../protocol/map.ts';

/** The points as a data URL of a PNG. Error: internal. */
export async function drawFigurePoints(request: PictureRequest): Promise<string> {
  const picture = await map.picture(request);
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error ?? new Error('unreadable picture'));
    reader.readAsDataURL(picture);
  });
}
