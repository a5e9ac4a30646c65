import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { correctPlugin, pluginFile } from './filter-plugin.ts';

const folder = dirname(createRequire(import.meta.url).resolve('h5wasm-plugins/package.json'));
const load = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(join(folder, 'plugins', pluginFile(name))));

describe('correctPlugin', () => {
  it('gives a valid LZF module with three bytes more', () => {
    const stored = load('lzf');
    const corrected = correctPlugin('lzf', stored);
    expect(corrected?.length).toBe(stored.length + 3);
    expect(WebAssembly.validate(new Uint8Array(corrected ?? []))).toBe(true);
  });

  it('leaves other filters as they are', () => {
    const stored = load('bz2');
    expect(correctPlugin('bz2', stored)).toBe(stored);
  });

  it('refuses an LZF build that it does not know', () => {
    const stored = load('lzf');
    const twice = correctPlugin('lzf', correctPlugin('lzf', stored) ?? stored);
    expect(twice).toBeNull();
    expect(correctPlugin('lzf', load('bz2'))).toBeNull();
    expect(correctPlugin('lzf', new Uint8Array(8))).toBeNull();
  });
});
