/** @file Zip archives as they grow: read by fflate, by our own reader and by Python; with 64-bit fields where they are needed. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { MemoryFile } from './byte-file.ts';
import { temporaryFolder } from './testing/files.ts';
import { openZip } from './zip-archive.ts';
import { ZipWriter } from './zip-writer.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const python = process.env['CELLSMITH_PYTHON'];
if (!python) console.log('Left out: zip archives in Python (CELLSMITH_PYTHON names none).');

interface Part {
  readonly head: Uint8Array;
  readonly pieces: readonly Uint8Array[];
}

const whole = ({ head, pieces }: Part): Uint8Array =>
  new Uint8Array(Buffer.concat([head, ...pieces]));

function archiveOf(parts: readonly Part[]): Uint8Array {
  const file = new MemoryFile();
  const zip = new ZipWriter(file);
  for (const [i, { head, pieces }] of parts.entries()) {
    const entry = zip.begin(`ordner ${i}/ü${i}.bin`, head.length);
    for (const piece of pieces) entry.append(piece);
    entry.end(head);
  }
  zip.finish();
  return file.content();
}

/** Names and contents as Python's zipfile reads them, after it has compared the checksums. */
function inPython(path: string): readonly (readonly [string, string])[] {
  const code = `import hashlib, json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([[i.filename, hashlib.md5(z.read(i)).hexdigest()] for i in z.infolist()][:50] + [len(z.namelist())]))`;
  return JSON.parse(execFileSync(python as string, ['-c', code, path], { encoding: 'utf8' }));
}

describe('ZipWriter', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  const partsOf = fc.array(fc.record({ head: bytes, pieces: fc.array(bytes, { maxLength: 4 }) }), {
    maxLength: 5,
  });

  it('is read by two readers as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(partsOf, async (parts) => {
        const archive = archiveOf(parts);
        const found = unzipSync(archive);
        const tree = await openZip('a.zip', new Blob([archive as BlobPart]));
        for (const [i, part] of parts.entries()) {
          const name = `ordner ${i}/ü${i}.bin`;
          expect(found[name]).toEqual(whole(part));
          expect(await tree.read(name)).toEqual(whole(part));
        }
        expect(Object.keys(found).length).toBe(parts.length);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('refuses a second entry while one is open, and a head of another length', () => {
    const zip = new ZipWriter(new MemoryFile());
    const entry = zip.begin('a', 3);
    expect(() => zip.begin('b')).toThrow('an entry is open');
    expect(() => entry.end(new Uint8Array(2))).toThrow(RangeError);
  });

  it('holds more entries than 16 bits count', async () => {
    const file = new MemoryFile();
    const zip = new ZipWriter(file);
    const many = 66_000;
    for (let i = 0; i < many; i++) zip.add(String(i), Uint8Array.of(i & 255));
    zip.finish();
    const tree = await openZip('many.zip', new Blob([file.content() as BlobPart]));
    expect(tree.names.length).toBe(many);
    expect(await tree.read('65999')).toEqual(Uint8Array.of(65_999 & 255));
    if (!python) return;
    const path = join(folder.path, 'many.zip');
    writeFileSync(path, file.content());
    expect(inPython(path).at(-1)).toBe(many);
  });

  it('writes 64-bit sizes and places beyond 4 GB', () => {
    // Only where things are written is looked at: the entry would be 5 GB.
    const writes = new Map<number, Uint8Array>();
    const zip = new ZipWriter({ write: (at, part) => void writes.set(at, part.slice(0, 100)) });
    const piece = new Uint8Array(1 << 20);
    const entry = zip.begin('big');
    Object.assign(entry, { size: 5e9 });
    entry.append(piece);
    entry.end();
    zip.add('after', Uint8Array.of(1));
    zip.finish();
    const size = 5e9 + piece.length;
    const local = new DataView(writes.get(0)?.slice().buffer as ArrayBuffer);
    expect(local.getUint32(18, true)).toBe(0xffffffff);
    expect(local.getUint16(33, true)).toBe(1);
    expect(Number(local.getBigUint64(37, true))).toBe(size);
    const next = 33 + 20 + size;
    expect(writes.has(next)).toBe(true);
    const directory = [...writes].filter(([, part]) => part[0] === 0x50 && part[2] === 1);
    expect(directory.length).toBe(2);
    const view = new DataView(directory[1][1].slice().buffer);
    expect(view.getUint32(42, true)).toBe(0xffffffff);
    expect(Number(view.getBigUint64(46 + 'after'.length + 4, true))).toBe(next);
  });

  it.runIf(python)('is read by Python, whole', () => {
    const parts = [0, 1, 2].map((i) => ({
      head: new Uint8Array(i * 7).fill(i),
      pieces: [new Uint8Array(70_000).fill(i), new Uint8Array(i)],
    }));
    const path = join(folder.path, 'parts.zip');
    writeFileSync(path, archiveOf(parts));
    const expected = parts.map((part, i) => [
      `ordner ${i}/ü${i}.bin`,
      createHash('md5').update(whole(part)).digest('hex'),
    ]);
    expect(inPython(path)).toEqual([...expected, 3]);
  });
});
