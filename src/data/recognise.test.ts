import { describe, expect, it } from 'vitest';
import { recognise } from './recognise.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const bytes = (...values: number[]): Uint8Array =>
  Uint8Array.from([...values, ...new Array(64).fill(0)]);

/** A version-0 superblock at `at` that says the file ends at `end`. */
function superblock(at: number, end: number): Uint8Array {
  const head = new Uint8Array(at + 96);
  head.set([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a], at);
  head.set([8, 8], at + 13);
  new DataView(head.buffer).setBigUint64(at + 24 + 16, BigInt(end), true);
  return head;
}

describe('recognise', () => {
  it('finds HDF5 at the start and behind user blocks, with the end it promises', () => {
    for (const at of [0, 512, 1024, 2048, 16384]) {
      expect(recognise(superblock(at, 123456), 999)).toEqual({
        type: 'hdf5',
        expectedBytes: 123456,
      });
    }
    expect(recognise(superblock(700, 1), 999).type).toBe('other');
  });

  it('reads the end from superblock versions 2 and 3', () => {
    for (const version of [2, 3]) {
      const head = superblock(0, 0);
      head[8] = version;
      head[9] = 8;
      new DataView(head.buffer).setBigUint64(12 + 16, 77n, true);
      expect(recognise(head, 999)).toEqual({ type: 'hdf5', expectedBytes: 77 });
    }
  });

  it.each([
    ['a spreadsheet', Uint8Array.from([...text('PK\u0003\u0004'), ...text('xl/workbook.xml')])],
    ['a zip archive', text('PK\u0003\u0004stuff.txt')],
    ['a zipped zarr store', text('PK\u0003\u0004x.zarr/.zgroup')],
    ['a file compressed with gzip', bytes(0x1f, 0x8b)],
    ['a PDF document', text('%PDF-1.7')],
    ['a picture', bytes(0x89, 0x50, 0x4e, 0x47)],
    ['a MatrixMarket matrix', text('%%MatrixMarket matrix coordinate integer general\n3 3 1')],
    ['a table of text (comma-separated)', text('cell,gene_a,gene_b\nc1,0,2\n')],
    ['a table of text (tab-separated)', text('cell\tgene_a\tgene_b\nc1\t0\t2\n')],
    ['a web page', text('<!DOCTYPE html><title>404</title>')],
    ['a JSON text', text('{"a": 1}')],
    ['a text file', text('Dear diary,\n')],
    ['a binary file of an unknown kind', bytes(1, 2, 3, 4)],
  ])('says %s', (whatItIs, head) => {
    expect(recognise(head, head.length)).toMatchObject({ type: 'other', whatItIs });
  });

  it('says that a file is empty', () => {
    expect(recognise(new Uint8Array(0), 0)).toEqual({ type: 'empty' });
  });
});
