/** @file Saving in blocks, against a place that records or refuses. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { choosePlace, writeBlocks, type SavePlace } from './save-blocks.ts';

afterEach(() => vi.unstubAllGlobals());

function place(limit: number): { readonly written: number[]; aborted: boolean } & SavePlace {
  const record = {
    written: [] as number[],
    aborted: false,
    createWritable: async () => ({
      write: async (bytes: Uint8Array) => {
        if (record.written.reduce((a, b) => a + b, 0) + bytes.length > limit) {
          throw new DOMException('full', 'QuotaExceededError');
        }
        record.written.push(bytes.length);
      },
      close: async () => undefined,
      abort: async () => {
        record.aborted = true;
      },
    }),
  };
  return record;
}

describe('writeBlocks', () => {
  it('writes all bytes in blocks', async () => {
    const to = place(1e9);
    await writeBlocks(to, new Blob([new Uint8Array(17_000_001)]));
    expect(to.written).toEqual([8_000_000, 8_000_000, 1_000_001]);
  });

  it('says that the disk is full, and leaves nothing behind', async () => {
    const to = place(9_000_000);
    await expect(writeBlocks(to, new Blob([new Uint8Array(17_000_001)]))).rejects.toMatchObject({
      code: 'export-failed',
    });
    expect(to.aborted).toBe(true);
  });
});

describe('choosePlace', () => {
  it('falls back to a download, and takes no for an answer', async () => {
    expect(await choosePlace('a.h5ad')).toBe('download');
    const refuse = (name: string) => () => Promise.reject(new DOMException('no', name));
    vi.stubGlobal('showSaveFilePicker', refuse('AbortError'));
    expect(await choosePlace('a.h5ad')).toBe('cancelled');
    vi.stubGlobal('showSaveFilePicker', refuse('SecurityError'));
    expect(await choosePlace('a.h5ad')).toBe('download');
  });
});
