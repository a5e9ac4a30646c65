/** @file The codecs of zarr without a function made from text. */
import { afterEach, expect, it, vi } from 'vitest';
import { installCodecFunctions } from './codec-functions.ts';

const stock = globalThis.Function;
afterEach(() => {
  globalThis.Function = stock;
});

it.each(['blosc', 'zstd', 'lz4'])(
  '%s packs and unpacks, and never makes a function from text',
  async (name) => {
    const refuse = vi.fn(() => {
      throw new EvalError('not allowed here');
    });
    refuse.prototype = stock.prototype;
    globalThis.Function = refuse as unknown as FunctionConstructor;
    vi.resetModules();
    const { installCodecFunctions: install } = await import('./codec-functions.ts');
    install();
    expect(typeof installCodecFunctions).toBe('function');
    const { default: Codec } = (await import(/* @vite-ignore */ `numcodecs/${name}`)) as {
      default: {
        fromConfig(config: object): {
          encode(bytes: Uint8Array): Promise<Uint8Array>;
          decode(bytes: Uint8Array): Promise<Uint8Array>;
        };
      };
    };
    const config = { cname: 'lz4', clevel: 5, shuffle: 1, blocksize: 0, level: 3, acceleration: 1 };
    const codec = Codec.fromConfig(config);
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 7);
    const packed = await codec.encode(bytes);
    expect(packed.length).toBeLessThan(bytes.length);
    expect(Array.from(await codec.decode(packed))).toEqual(Array.from(bytes));
    expect(refuse).not.toHaveBeenCalled();
  },
);
