/** @file Saving in blocks, against places that record, refuse, fill up, vanish, or lose their permission. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { choosePlace, leavePlace, writeBlocks, type OpenPlace } from './save-blocks.ts';

afterEach(() => vi.unstubAllGlobals());

/** A place that fails after some bytes, as browsers fail: by a DOMException of this name. */
function place(
  limit: number,
  failure = 'QuotaExceededError',
): OpenPlace & { readonly written: number[]; readonly events: string[] } {
  const written: number[] = [];
  const events: string[] = [];
  const stream = {
    write: async (bytes: Uint8Array) => {
      if (written.reduce((a, b) => a + b, 0) + bytes.length > limit) {
        throw new DOMException('no', failure);
      }
      written.push(bytes.length);
    },
    close: async () => void events.push('closed'),
    abort: async () => void events.push('aborted'),
  };
  const file = {
    createWritable: async () => stream,
    // What was written stands in the file only after it was closed.
    getFile: async () => ({ size: events.includes('closed') ? written.length : 0 }),
    remove: async () => void events.push('removed'),
  };
  return { place: file, stream, written, events };
}

const content = (bytes: number): Blob => new Blob([new Uint8Array(bytes)]);

describe('writeBlocks', () => {
  it('writes all bytes in blocks', async () => {
    const to = place(1e9);
    await writeBlocks(to, content(17_000_001));
    expect(to.written).toEqual([8_000_000, 8_000_000, 1_000_001]);
    expect(to.events).toEqual(['closed']);
  });

  it.each([
    ['QuotaExceededError', 'The disk is full.'],
    ['NotAllowedError', 'The permission to write there is gone'],
    ['NotFoundError', 'no longer there'],
    ['InvalidStateError', 'Another program changed the file'],
    ['UnknownError', 'The folder refused it.'],
  ])('says why it failed, and leaves nothing behind: %s', async (name, text) => {
    const to = place(9_000_000, name);
    const error = await writeBlocks(to, content(17_000_001)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'export-failed', title: 'The file could not be saved.' });
    expect((error as Error).message).toContain(text);
    expect(to.events).toEqual(['aborted', 'removed']);
  });

  it('stops when told, and leaves nothing behind', async () => {
    const to = place(1e9);
    const control = new AbortController();
    control.abort();
    await expect(writeBlocks(to, content(5), control.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(to.written).toEqual([]);
    expect(to.events).toEqual(['aborted', 'removed']);
  });
});

describe('leavePlace', () => {
  it('keeps a file in which something stands, and copes with browsers that cannot remove one', async () => {
    const kept = place(1e9);
    await leavePlace({ ...kept, place: { ...kept.place, getFile: async () => ({ size: 7 }) } });
    expect(kept.events).toEqual(['aborted']);
    const bare = place(1e9);
    await leavePlace({ ...bare, place: { createWritable: bare.place.createWritable } });
    expect(bare.events).toEqual(['aborted']);
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

  it('opens the file at once, and says so when that is refused', async () => {
    const good = place(1e9);
    vi.stubGlobal('showSaveFilePicker', async () => good.place);
    expect(await choosePlace('a.h5ad')).toEqual({ place: good.place, stream: good.stream });
    const bad = {
      ...good.place,
      createWritable: () => Promise.reject(new DOMException('no', 'NotAllowedError')),
    };
    vi.stubGlobal('showSaveFilePicker', async () => bad);
    await expect(choosePlace('a.h5ad')).rejects.toMatchObject({ code: 'export-failed' });
    expect(good.events).toEqual(['removed']);
  });
});
