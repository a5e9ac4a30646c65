/** @file The page's side of the map worker. */
import * as Comlink from 'comlink';
import type { CsrMatrix } from '../numerics/csr.ts';
import type { MapApi } from '../protocol/api.ts';
import type {
  FitEvent,
  FitRequest,
  FitResult,
  FitTakenRequest,
  LayOutRequest,
  PictureRequest,
  PlaceRequest,
  PlaceResult,
  ReferenceRequest,
  ReferenceResult,
  TakeCells,
} from '../protocol/map.ts';
import { collectBuffers, moved } from '../protocol/transport.ts';
import { WorkerClient } from './worker-client.ts';

const client = new WorkerClient<MapApi>(
  'Mapping',
  (name) =>
    new Worker(new URL('../../workers/map.worker.ts', import.meta.url), { type: 'module', name }),
);

/** Map work in the map worker; see MapApi for shapes and errors. Requests are moved: do not use their arrays afterwards. */
export const map = {
  fit: (request: FitRequest, onEvent: (event: FitEvent) => void): Promise<FitResult> =>
    client.call((remote) => remote.fit(moved(request), Comlink.proxy(onEvent))),
  fitTaken: (
    request: FitTakenRequest,
    onEvent: (event: FitEvent) => void,
    take: TakeCells,
  ): Promise<FitResult> =>
    client.call((remote) =>
      remote.fitTaken(
        moved(request),
        Comlink.proxy(onEvent),
        Comlink.proxy(async (rows: Int32Array) => moved(await take(rows))),
      ),
    ),
  layOut: (request: LayOutRequest, onEvent: (event: FitEvent) => void): Promise<Float32Array> =>
    client.call((remote) => remote.layOut(moved(request), Comlink.proxy(onEvent))),
  useMap: (positions: Float32Array): Promise<void> =>
    client.call((remote) => remote.useMap(moved(positions))),
  setReference: (request: ReferenceRequest): Promise<ReferenceResult> =>
    client.call((remote) => remote.setReference(moved(request))),
  place: (request: PlaceRequest): Promise<PlaceResult> =>
    client.call((remote) => remote.place(request)),
  projectFrames: (latents: Float32Array, dims: number): Promise<Float32Array> =>
    client.call((remote) => remote.projectFrames(latents, dims)),
  projectExpression: (
    counts: CsrMatrix,
    geneIndex: Int32Array | null,
  ): Promise<{ readonly dims: number; readonly values: Float32Array }> =>
    client.call((remote) => remote.projectExpression(counts, geneIndex)),
  picture: (request: PictureRequest): Promise<Blob> =>
    client.call((remote) =>
      remote.picture(Comlink.transfer(request, [...collectBuffers(request), ...request.over])),
    ),
  cancel: (): Promise<void> => client.call((remote) => remote.cancel()),
  onDeath: client.onDeath.bind(client),
};
