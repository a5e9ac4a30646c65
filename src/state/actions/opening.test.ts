/** @file What happens to the file before when another cannot be opened. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileSummary } from '../../protocol/dataset.ts';
import { StudioError } from '../../protocol/errors.ts';
import { emptyData, get, patch, patchRoot } from '../store.ts';

const io = { open: vi.fn(), load: vi.fn(), preview: vi.fn(), bin: vi.fn() };
const takeIn = (status: 'ready' | 'preview') => (summary: FileSummary) =>
  patch('data', { status, summary });
vi.mock('../../clients/io-client.ts', () => ({ io }));
vi.mock('./map.ts', () => ({ fitMap: () => Promise.resolve(), mapFew: () => Promise.resolve() }));
vi.mock('./take-over.ts', () => ({ takeOver: takeIn('ready'), takePreview: takeIn('preview') }));

const { openData, readWay } = await import('./data.ts');

const file = (name: string): File => new File(['x'], name);
const summaryOf = (fileName: string, ask = false): FileSummary =>
  ({ fileName, part: null, chosen: 'X', obs: [], proposed: [], estimate: { ask } }) as never;
const damage = new StudioError('file-damaged', 'The file cannot be read.', 'It does not end.');

/** A call that ends when it is told to. */
function held(): { promise: Promise<object>; end: () => void } {
  let end = (): void => undefined;
  const promise = new Promise<object>((resolve) => (end = () => resolve({})));
  return { promise, end };
}

beforeEach(async () => {
  vi.resetAllMocks();
  patch('data', emptyData);
  patchRoot({ alerts: [] });
  io.open.mockResolvedValueOnce(summaryOf('before.h5ad'));
  io.load.mockResolvedValueOnce({});
  expect(await openData(file('before.h5ad'), 'file')).toBe(true);
});

describe('a file that cannot be opened', () => {
  it('is told before the file before is read again', async () => {
    const again = held();
    io.open.mockRejectedValueOnce(damage).mockResolvedValueOnce(summaryOf('before.h5ad'));
    io.load.mockReturnValueOnce(again.promise);
    const opening = openData(file('broken.h5ad'), 'file');
    await vi.waitFor(() => expect(io.load).toHaveBeenCalledTimes(2));
    expect(get().alerts.map(({ unchanged }) => unchanged)).toEqual([
      'Nothing else changed: before.h5ad is still open.',
    ]);
    expect(get().data.status).toBe('loading');
    again.end();
    expect(await opening).toBe(false);
    expect(get().data).toMatchObject({ status: 'ready', summary: { fileName: 'before.h5ad' } });
  });

  it('does not stand against a third file that is dropped meanwhile', async () => {
    const again = held();
    io.open
      .mockRejectedValueOnce(damage)
      .mockResolvedValueOnce(summaryOf('before.h5ad'))
      .mockRejectedValueOnce(damage)
      .mockResolvedValueOnce(summaryOf('before.h5ad'));
    io.load.mockReturnValueOnce(again.promise).mockResolvedValueOnce({});
    const first = openData(file('broken.h5ad'), 'file');
    await vi.waitFor(() => expect(io.load).toHaveBeenCalledTimes(2));
    const second = openData(file('broken-too.h5ad'), 'file');
    expect(get().data.status).toBe('opening');
    await second;
    again.end();
    await first;
    // Its state was taken while the file before was being read again, which must not come back as its own.
    expect(get().data).toMatchObject({ status: 'ready', doing: null });
  });

  it('leaves a big file that was only looked at open for its question', async () => {
    io.open.mockResolvedValueOnce(summaryOf('big.h5ad', true));
    io.preview.mockResolvedValueOnce({});
    await openData(file('big.h5ad'), 'file');
    io.open.mockRejectedValueOnce(damage).mockResolvedValueOnce(summaryOf('big.h5ad', true));
    await openData(file('broken.h5ad'), 'file');
    expect(io.open.mock.lastCall?.[0]).toMatchObject({ name: 'big.h5ad' });
    expect(get().data).toMatchObject({ status: 'preview', summary: { fileName: 'big.h5ad' } });
    // Reading it fails as well: a new reader gets the file, and another way can be chosen.
    io.load.mockRejectedValueOnce(damage).mockResolvedValueOnce({});
    io.open.mockResolvedValueOnce(summaryOf('big.h5ad', true));
    await readWay({ cells: 2000, genes: 100 });
    expect(io.open).toHaveBeenCalledTimes(5);
    expect(get().data.status).toBe('preview');
    await readWay({ cells: 1000, genes: 100 });
    expect(get().data.status).toBe('ready');
  });
});
