/** @file Pictures of figures, drawn and packed away from the page. */
import { map } from '../../clients/map-client.ts';
import type { PictureRequest } from '../../protocol/map.ts';

/** A figure's points, ground and strips as one picture; the request's arrays and strips are moved. Error: internal. */
export function drawFigurePoints(request: PictureRequest): Promise<Blob> {
  return map.picture(request);
}
