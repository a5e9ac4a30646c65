import { afterEach, expect, it, vi } from 'vitest';
import type { IoEvent } from '../protocol/api.ts';

const worker = vi.hoisted(() => ({
  remote: {} as Record<string, (...given: unknown[]) => Promise<unknown>>,
  terminate: vi.fn(),
}));
vi.mock('./worker-client.ts', () => ({
  WorkerClient: class {
    terminate = worker.terminate;
    onDeath(): void {}
    call(work: (remote: object) => Promise<unknown>): Promise<unknown> {
      return work(worker.remote);
    }
  },
}));

const { io } = await import('./io-client.ts');
const file = new File(['x'], 'cells.h5ad');
const event = { type: 'progress' } as unknown as IoEvent;

afterEach(() => {
  vi.useRealTimers();
  worker.terminate.mockClear();
});

it('ends a reader that falls silent', async () => {
  vi.useFakeTimers();
  worker.remote['open'] = () => new Promise(() => undefined);
  const opening = io.open(file, () => undefined).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(await opening).toMatchObject({ code: 'file-damaged' });
  expect(worker.terminate).toHaveBeenCalledOnce();
});

it('leaves a reader alone whose last event comes after its answer', async () => {
  vi.useFakeTimers();
  let heard: ((event: IoEvent) => void) | null = null;
  worker.remote['open'] = (_, onEvent) => {
    heard = onEvent as (event: IoEvent) => void;
    return Promise.resolve({ fileName: 'cells.h5ad' });
  };
  await io.open(file, () => undefined);
  (heard as unknown as (event: IoEvent) => void)(event);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(worker.terminate).not.toHaveBeenCalled();
});
