/** @file A whole training as the product does it, both stages with early stopping: its time, and what memory it holds later. */
import { memorySource } from '../../src/numerics/csr-source.ts';
import { presentDevice } from '../../src/engine/compute.ts';
import { trainCfgen } from '../../src/models/cfgen/train.ts';
import { RunControl } from '../../src/engine/run-control.ts';
import type { TrainEvent } from '../../src/protocol/model.ts';
import type { BenchData } from './data.ts';
import { rounded, type Figure } from './figures.ts';

const MEGABYTE = 2 ** 20;

/** Seconds of a training, and the growth of memory from the end of the first epoch to the end. */
export async function trainingFigures(
  { counts, name }: BenchData,
  place: Pick<Figure, 'device' | 'threads'>,
  short: boolean,
): Promise<Figure[]> {
  const cells = Int32Array.from({ length: counts.rows }, (_, i) => i);
  const genes = Int32Array.from({ length: counts.cols }, (_, g) => g);
  const data = {
    fileName: name,
    counts: memorySource(counts),
    geneNames: Array.from(genes, (g) => `gene${g}`),
    geneIndex: genes,
    cellIndex: cells,
    attributes: [{ name: 'half', categories: ['a', 'b'], codes: cells.map((i) => i % 2) }],
  };
  const settings = {
    model: 'cfgen',
    recipe: 'recommended',
    seed: 0,
    maxEpochs: short ? 2 : null,
    flowSteps: short ? 30 : null,
    heldOut: 0.2,
  } as const;
  let before = NaN;
  let most = 0;
  const note = (event: TrainEvent): void => {
    if (event.type !== 'loss') return;
    const now = held();
    if (Number.isNaN(before)) before = now;
    most = Math.max(most, now);
  };
  const start = performance.now();
  await trainCfgen(
    { data, settings, sourceShape: [counts.rows, counts.cols], previewCells: 0 },
    {
      control: new RunControl(),
      device: place.device,
      onEvent: note,
      onCheckpoint: () => undefined,
      onPreview: () => undefined,
      renewDevice: () => Promise.reject(new Error('the device was lost')),
    },
  );
  const seconds = (performance.now() - start) / 1000;
  const alone = { baseline: null, baselineName: null, ratio: null, ...place };
  return [
    {
      figure: `whole training, ${name} (${counts.cols}), both stages`,
      unit: 's',
      ours: rounded(seconds),
      goal: place.device === 'cpu' ? 180 : 30,
      spread: [rounded(seconds), rounded(seconds)],
      ...alone,
    },
    {
      figure: 'device memory after the first epoch and its most later on',
      unit: 'MB',
      ours: rounded(most / MEGABYTE),
      goal: null,
      spread: [rounded(before / MEGABYTE), rounded(most / MEGABYTE)],
      ...alone,
    },
  ];
}

function held(): number {
  return presentDevice()?.bytesInUse ?? 0;
}
