/** @file SHA-256 against Node's own. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Sha256, sha256OfBlob } from './sha256.ts';

describe('Sha256', () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 70_001])('%i bytes', (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 167 + 13) % 251);
    const hash = new Sha256();
    for (let at = 0; at < length; at += 37) hash.add(bytes.subarray(at, at + 37));
    expect(hash.hex()).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('reads a blob', async () => {
    const text = 'cells '.repeat(50_000);
    const expected = createHash('sha256').update(text).digest('hex');
    expect(await sha256OfBlob(new Blob([text]))).toBe(expected);
  });
});
