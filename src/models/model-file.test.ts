/** @file Model files that cannot be trusted: damaged bytes, missing parts, newer versions; and the verdict that a file may carry. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { StudioError } from '../protocol/errors.ts';
import type { StoredVerdict, Verdict } from '../protocol/judge.ts';
import { readModelFile, writeModelFile } from './model-file.ts';

const demo = new Uint8Array(
  readFileSync(join(import.meta.dirname, '../../public/demo/blood-700.cellsmith')),
);

function refusal(bytes: Uint8Array): StudioError {
  try {
    readModelFile(bytes);
  } catch (error) {
    return StudioError.from(error);
  }
  throw new Error('the file was taken');
}

describe('a model file', () => {
  it('is read when nothing is wrong with it', () => {
    expect(readModelFile(demo).info.nGenes).toBe(765);
  });

  it('is refused when one bit of its content differs', () => {
    const random = createRandom(12);
    const { length } = demo;
    // The ends hold the archive's headers and directory, the middle mostly weights.
    const places = [
      ...Array.from({ length: 40 }, () => random.integer(length)),
      ...Array.from({ length: 20 }, (_, i) => 60 + 97 * i),
    ];
    for (const at of places) {
      const bytes = demo.slice();
      bytes[at] ^= 1 << random.integer(8);
      expect(refusal(bytes).code, `byte ${at}`).toBe('bad-model');
    }
  }, 120_000);

  it.each([0, 1, 100, 5000, demo.length - 1])(
    'is refused when only %i bytes are left',
    (length) => {
      expect(refusal(demo.slice(0, length)).code).toBe('bad-model');
    },
  );

  it('is refused without its weights', () => {
    const { 'weights.safetensors': _, ...rest } = unzipSync(demo);
    expect(refusal(zipSync(rest)).code).toBe('bad-model');
  });

  it('of a newer version is named as such, with the remedy', () => {
    const files = unzipSync(demo);
    const manifest = JSON.parse(strFromU8(files['manifest.json'])) as Record<string, unknown>;
    const newer = strToU8(JSON.stringify({ ...manifest, format: 99, unknown: true }));
    const error = refusal(zipSync({ ...files, 'manifest.json': newer }));
    expect(error.code).toBe('bad-model');
    expect(error.title).toContain('newer version');
    expect(error.message).toContain('Reload');
  });
});

const floor = { mean: 0.2, low: 0.1, high: 0.3, draws: 40 };
const surroundings = {
  intervals: { energy: [0.1, 0.4] },
  floor: { energy: floor },
  baselines: { classNb: { energy: 0.9 } },
};

/** Everything that a verdict can hold, its keys in no special order. */
const verdict: Verdict = {
  numbers: 'Two sets of real cells differ by 0.2, these by 0.3.',
  ...surroundings,
  intervals: { energy: [0.1, 0.4] },
  key: 'k',
  complete: true,
  decided: true,
  cells: { heldOut: 140, training: 560, synthetic: 140 },
  genes: 765,
  headline: 'Close to real, one gap',
  sentence: '6 of 7 checks.',
  fitFor: 'Fit for trials.',
  weakest: null,
  advice: ['Train longer.'],
  passed: 6,
  checks: [
    {
      id: 'expression',
      name: 'Expression as a whole',
      value: 0.3,
      middle: 0.2,
      low: 0.1,
      high: 0.3,
      inside: false,
      light: 'near',
      interval: null,
      baselines: { classNb: 0.9 },
      shown: '0.3',
      floorShown: '0.2',
      says: 'Expression is off.',
      advice: 'Train longer.',
    },
  ],
  measures: { energy: 0.3 },
  hits: { type: { synthetic: 0.9, interval: [0.8, 0.95], real: 0.92, baselines: {} } },
  groups: [
    {
      attribute: 'type',
      value: 'a',
      heldOut: 20,
      synthetic: 20,
      measures: { energy: 0.5 },
      ...surroundings,
      intervals: { energy: [0.1, 0.4] },
    },
  ],
  unseen: [
    {
      value: 'a × on',
      heldOut: 30,
      synthetic: 30,
      energy: 0.7,
      interval: null,
      floor,
      hits: 0.5,
      realHits: null,
      nearest: 1.2,
      shifted: null,
    },
  ],
  paper: null,
  seconds: 12,
  notes: ['A note.'],
};

function storedIn(model: string): StoredVerdict {
  return {
    model,
    checkedAt: '2026-11-22T12:00:00.000Z',
    settings: {
      seed: 1_000_003,
      weight: 1,
      solver: { method: 'rk4', steps: 20 },
      mostCells: 2000,
      mostTraining: 20_000,
      mostTransport: 1000,
    },
    verdict,
  };
}

describe('the version of a model file', () => {
  const plain = readModelFile(demo);
  const formatIn = (bytes: Uint8Array): unknown =>
    (JSON.parse(strFromU8(unzipSync(bytes)['manifest.json'])) as { format: unknown }).format;

  it('is the oldest that knows all the file holds', () => {
    const { body } = plain;
    const { library: stored } = body;
    const learnt = { ...stored, scale: undefined };
    const oldest = { ...plain, body: { ...body, library: learnt, calibration: undefined } };
    expect(formatIn(writeModelFile(oldest as typeof plain))).toBe(1);
    const scaled = { ...oldest, body: { ...oldest.body, library: { ...learnt, scale: 3 } } };
    const bytes = writeModelFile(scaled as typeof plain);
    expect(formatIn(bytes)).toBe(3);
    const again = readModelFile(bytes);
    expect(again.body).toMatchObject({ library: { ...learnt, scale: 3 } });
    expect(Buffer.compare(writeModelFile(again), bytes)).toBe(0);
  });

  it('is 4 where offsets by category are in it, which come back, and must fit', () => {
    const { body } = plain;
    if (body.family !== 'cfgen') throw new Error('the demo is no CFGen');
    const length = body.architecture.categories[0] * 765;
    const values = Float32Array.from({ length }, (_, i) => Math.sin(i));
    const calibrated = (own: Float32Array) =>
      writeModelFile({
        ...plain,
        body: { ...body, calibration: [{ name: '0', shape: [own.length], values: own }] },
      });
    const bytes = calibrated(values);
    expect(formatIn(bytes)).toBe(4);
    const again = readModelFile(bytes);
    expect(again.body).toMatchObject({ calibration: [{ name: '0', values }] });
    expect(Buffer.compare(writeModelFile(again), bytes)).toBe(0);
    expect(refusal(calibrated(values.subarray(1))).code).toBe('bad-model');
    const dispersion = { mean: -0.1, slope: 0.7, centre: 7, spread: 0.9 };
    const { library: learnt } = body;
    const scattered = { ...body, calibration: undefined, library: { ...learnt, dispersion } };
    const other = writeModelFile({ ...plain, body: scattered });
    expect(formatIn(other)).toBe(4);
    expect(readModelFile(other).body).toMatchObject({ library: { dispersion } });
  });

  it('is 5 where cells start from noise of another width, which comes back', () => {
    const { body } = plain;
    const { library: learnt } = body;
    const own = { ...plain, body: { ...body, library: { ...learnt, noise: 1.05 } } };
    const bytes = writeModelFile(own as typeof plain);
    expect(formatIn(bytes)).toBe(5);
    const again = readModelFile(bytes);
    expect(again.body).toMatchObject({ library: { noise: 1.05 } });
    expect(Buffer.compare(writeModelFile(again), bytes)).toBe(0);
  });
});

describe('a verdict in a model file', () => {
  const plain = readModelFile(demo);
  const { id } = plain.info;
  const bytes = writeModelFile({ ...plain, verdict: storedIn(id) });

  /** The file with another text in place of its verdict. */
  const withText = (text: string): Uint8Array =>
    zipSync({ ...unzipSync(bytes), 'verdict.json': strToU8(text) });

  it('comes back whole, and the file is written again with the same bytes', () => {
    const again = readModelFile(bytes);
    expect(again.verdict).toEqual(storedIn(id));
    expect(Buffer.compare(writeModelFile(again), bytes)).toBe(0);
  });

  it('leaves all other parts of the file as they are, for readers that know nothing of it', () => {
    const { 'verdict.json': own, ...rest } = unzipSync(bytes);
    expect(own.length).toBeGreaterThan(100);
    const before = unzipSync(writeModelFile(plain));
    expect(Object.keys(rest)).toEqual(Object.keys(before));
    for (const [name, content] of Object.entries(rest)) {
      expect(Buffer.compare(content, before[name]), name).toBe(0);
    }
    expect(plain.verdict).toBeUndefined();
  });

  it.each([
    ['of another model', JSON.stringify(storedIn('cfgen-other'))],
    ['that is no JSON', '{"model":'],
    ['without a floor', JSON.stringify(storedIn(id)).replaceAll('"floor":', '"flour":')],
    ['with a number lost', JSON.stringify(storedIn(id)).replace('"passed":6', '"passed":null')],
    [
      'that is not complete',
      JSON.stringify(storedIn(id)).replace('"complete":true', '"complete":false'),
    ],
  ])('%s is passed over: the model is good without', (_, text) => {
    const model = readModelFile(withText(text));
    expect(model.verdict).toBeUndefined();
    expect(model.info).toEqual(plain.info);
  });
});
