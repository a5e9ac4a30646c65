/** @file Both cross-attentions in one piece, on the processor: as in tiles, and the same bits on any number of threads. */
import { expect, it } from 'vitest';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { describeFused, fusedStep, type FusedSize } from './testing/fused-suite.ts';

const SIZES: readonly FusedSize[] = [
  { cells: 7, genes: 41, width: 20, tokens: 4, gated: 24, genesPerStep: null },
  { cells: 3, genes: 131, width: 8, tokens: 12, gated: 36, genesPerStep: 67 },
  { cells: 1, genes: 5, width: 4, tokens: 8, gated: 4, genesPerStep: null },
];

describeFused('2 threads', () => startTestCpu(2), SIZES);

it.each(SIZES)('gives the same bits on one thread, $cells cells, $genes genes', async (size) => {
  const step = fusedStep(size);
  const [pair, alone] = [await startTestCpu(2), await startTestCpu(1)];
  expect(await step(alone)).toEqual(await step(pair));
  pair.dispose();
  alone.dispose();
});
