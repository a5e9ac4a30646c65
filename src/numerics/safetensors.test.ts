import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors, SafetensorsError, writeSafetensors } from './safetensors.ts';
import type { TensorData } from './safetensors.ts';
import { loadFixture } from './testing/fixture.ts';

/** A file made by hand: header text and body bytes. */
function fileOf(header: string, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + body.length);
  new DataView(file.buffer).setUint32(0, text.length, true);
  file.set(text, 8);
  file.set(body, 8 + text.length);
  return file;
}

const anyData: fc.Arbitrary<TensorData> = fc.oneof(
  fc.float64Array({ maxLength: 9 }),
  fc.float32Array({ maxLength: 9 }),
  fc.int32Array({ maxLength: 9 }),
  fc.uint8Array({ maxLength: 9 }),
);

describe('readSafetensors', () => {
  it('reads files of the original library', () => {
    const { tensors } = loadFixture('nb', 'nb_grid');
    expect(Object.keys(tensors)).toHaveLength(12);
    expect(tensors['ll'].shape).toEqual([11, 14, 12]);
    expect(tensors['ll'].data).toBeInstanceOf(Float64Array);
    expect(tensors['ll.scvi_f32'].data).toBeInstanceOf(Float32Array);
    expect([...tensors['log_theta'].data]).toEqual([-20, -10, -6, -3, -1, 0, 1, 2, 4, 6, 10, 15]);
    expect(loadFixture('ode', 'guided').tensors['label.batch'].data).toBeInstanceOf(Int32Array);
  });

  it('reads bytes laid out by hand, aligned or not', () => {
    const body = new Uint8Array(13);
    const view = new DataView(body.buffer);
    view.setUint8(0, 255);
    view.setFloat32(1, -2.5, true);
    view.setFloat64(5, Math.PI, true);
    const header = JSON.stringify({
      flag: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
      half: { dtype: 'F32', shape: [1, 1], data_offsets: [1, 5] },
      scalar: { dtype: 'F64', shape: [], data_offsets: [5, 13] },
      __metadata__: { made: 'by hand' },
    });
    for (const padding of ['', ' ', '   ']) {
      const { tensors, metadata } = readSafetensors(fileOf(header + padding, body));
      expect(tensors['flag'].data[0]).toBe(255);
      expect(tensors['half'].data[0]).toBe(-2.5);
      expect(tensors['scalar']).toMatchObject({ shape: [], data: Float64Array.of(Math.PI) });
      expect(metadata).toEqual({ made: 'by hand' });
    }
  });

  const entry = (change: object): string =>
    JSON.stringify({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...change } });
  const eight = new Uint8Array(8);

  it.each([
    ['an empty file', new Uint8Array(0)],
    ['a file of 7 bytes', new Uint8Array(7)],
    ['a header longer than the file', Uint8Array.of(99, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d)],
    ['an impossible header length', new Uint8Array(16).fill(255)],
    ['a header that is not JSON', fileOf('{"a":')],
    ['a header that is not text', fileOf('x').fill(0xff, 8)],
    ['a header that is a list', fileOf('[]')],
    ['an entry that is a number', fileOf('{"a":1}')],
    ['an unknown element type', fileOf(entry({ dtype: 'F8_E4M3' }), eight)],
    ['a type named like an object member', fileOf(entry({ dtype: 'toString' }), eight)],
    ['a shape that does not fit', fileOf(entry({ shape: [3] }), eight)],
    ['a negative size', fileOf(entry({ shape: [-2] }), eight)],
    ['a size that is not whole', fileOf(entry({ shape: [0.5, 4] }), eight)],
    ['a missing place', fileOf(entry({ data_offsets: [0] }), eight)],
    ['a place that runs backwards', fileOf(entry({ data_offsets: [8, 0] }), eight)],
    ['a body cut short', fileOf(entry({}), new Uint8Array(7))],
    ['metadata that is not text', fileOf('{"__metadata__":{"a":1}}')],
  ])('refuses %s', (_, bytes) => {
    expect(() => readSafetensors(bytes)).toThrow(SafetensorsError);
  });
});

describe('writeSafetensors', () => {
  it('round-trips any arrays, names and metadata', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), anyData, { maxKeys: 6 }),
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        fc.nat({ max: 7 }),
        (arrays, metadata, shift) => {
          fc.pre(!Object.hasOwn(arrays, '__metadata__'));
          const tensors = Object.fromEntries(
            Object.entries(arrays).map(([name, data]) => [name, { shape: [data.length, 1], data }]),
          );
          const written = writeSafetensors(tensors, metadata);
          // Reading from the middle of a larger buffer breaks the alignment on purpose.
          const shifted = new Uint8Array(written.length + shift).subarray(shift);
          shifted.set(written);
          const file = readSafetensors(shifted);
          expect(Object.keys(file.tensors).sort()).toEqual(Object.keys(arrays).sort());
          for (const [name, data] of Object.entries(arrays)) {
            expect(file.tensors[name].data).toEqual(data);
            expect(file.tensors[name].shape).toEqual([data.length, 1]);
          }
          expect(Object.entries(file.metadata)).toEqual(Object.entries(metadata));
        },
      ),
    );
  });

  it('aligns every array, whatever the order and the sizes', () => {
    const written = writeSafetensors({
      flags: { shape: [3], data: Uint8Array.of(1, 0, 1) },
      codes: { shape: [3], data: Int32Array.of(-1, 0, 7) },
      exact: { shape: [1], data: Float64Array.of(0.1) },
      weights: { shape: [1, 2], data: Float32Array.of(0.5, -0.5) },
    });
    const { tensors } = readSafetensors(written);
    for (const { data } of Object.values(tensors)) {
      expect(data.buffer).toBe(written.buffer);
      expect(data.byteOffset % data.BYTES_PER_ELEMENT).toBe(0);
    }
    expect(tensors['codes']).toEqual({ dtype: 'I32', shape: [3], data: Int32Array.of(-1, 0, 7) });
  });

  it('writes views of larger buffers, and nothing at all', () => {
    const large = Float32Array.of(9, 1, 2, 9);
    const data = large.subarray(1, 3);
    const written = writeSafetensors({ part: { shape: [2], data } });
    expect([...readSafetensors(written).tensors['part'].data]).toEqual([1, 2]);
    expect(readSafetensors(writeSafetensors({}))).toMatchObject({ metadata: {} });
  });

  it('refuses a shape that does not fit and the name of the metadata', () => {
    const data = Float32Array.of(1, 2);
    expect(() => writeSafetensors({ a: { shape: [3], data } })).toThrow(SafetensorsError);
    expect(() => writeSafetensors({ __metadata__: { shape: [2], data } })).toThrow(
      SafetensorsError,
    );
  });
});
