/** @file Tests of the recorded set autoencoder on any device against the original program: loss, gradients, five steps. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../../engine/compute-device.ts';
import { largest, largestDifference } from '../../../../engine/testing/device.ts';
import { memorySource } from '../../../../numerics/csr-source.ts';
import { csrFromDense } from '../../../../numerics/csr.ts';
import { loadFixture } from '../../../../numerics/testing/fixture.ts';
import { autoencoderRate } from '../../config.ts';
import type { AutoencoderShape } from '../../shapes.ts';
import { autoencoderSpecs } from '../autoencoder-arrays.ts';
import { AutoencoderPlan } from '../autoencoder-plan.ts';
import type { Tiling } from '../gene-tiles.ts';
import { NetworkWeights } from '../../../tape/tape.ts';
import { namedArrays, OriginalArrays } from './original-arrays.ts';
import { plainRecipe } from './plain-recipe.ts';

const folder = join(import.meta.dirname, '../../../fixtures');
const load = (name: string) => loadFixture('scldm', name, folder);
const shipped = load('autoencoder');
const [cells, genes] = shipped.tensors['batch/counts'].shape;

/** The counts of the fixtures' batch. */
export const fixtureCounts = memorySource(
  csrFromDense(cells, genes, shipped.values('batch/counts')),
);

/** The fixtures' sizes. */
export const fixtureShape: AutoencoderShape = {
  genes,
  width: 12,
  tokens: 5,
  channels: 4,
  gated: 32,
  layers: 2,
  heads: 3,
  crossHeads: 2,
  counts: 'log1p',
  context: shipped.tensors['batch/genes_subset'].shape[1],
  geneBias: false,
};

const recipe = { ...plainRecipe, genesPerStep: null };
const every = Uint32Array.from({ length: cells }, (_, i) => i);
const NO_NOISE = { seed: 0, stream: 0, row: 0 };
const schedule = { learningRate: 1e-3, steps: 20, decline: 0.1, cooling: 0 };

interface Case {
  readonly file: string;
  readonly change: Partial<AutoencoderShape>;
  /** Where the weights are, when not in the same file. */
  readonly weights?: string;
  /** The decoder's work is cut small. */
  readonly tiling?: Tiling;
  /** Largest error of a gradient as a share of its largest entry; 2e-5 unless given. */
  readonly share?: number;
}

/**
 * With one cross head the fixture's network multiplies rounding errors: its weights changed by at most half a unit of float32
 * move the gradients, computed in float64, by up to 3.3e-5 (encoder.cross.gated.norm.shift; largest of 40 draws, median 5e-6),
 * and the original's own float32 run is off by 1.5e-5 there. Five times that is what the fixtures allow. Ours: 4e-6, fused
 * multiply-adds 3.4e-5.
 */
const ONE_HEAD = { change: { crossHeads: 1 }, share: 7e-5 } as const;

const cases: readonly Case[] = [
  { file: 'autoencoder', change: {} },
  { file: 'autoencoder_masked', change: { context: null }, weights: 'autoencoder' },
  { file: 'autoencoder_crossheads', ...ONE_HEAD },
  { file: 'autoencoder_projconcat', change: { counts: 'projconcat' } },
  { file: 'autoencoder', change: {}, tiling: { genes: 7, rows: 15 } },
  { file: 'autoencoder_crossheads', ...ONE_HEAD, tiling: { genes: 11, rows: 22 } },
];

/** Declares the tests. @param start gives a device of their own */
export function describeSetAutoencoder(name: string, start: () => Promise<ComputeDevice>): void {
  describe(`set autoencoder on ${name}`, () => {
    let device: ComputeDevice;

    beforeAll(async () => {
      device = await start();
    });

    afterAll(() => device.dispose());

    function create({ file, change, weights: from = file, tiling }: Case) {
      const shape = { ...fixtureShape, ...change };
      const specs = autoencoderSpecs(shape);
      const originals = new OriginalArrays(load(from));
      const weights = new NetworkWeights(device, specs);
      weights.arena.write(namedArrays(specs, (spec) => originals.autoencoder('w', spec)));
      const plan = new AutoencoderPlan(device, weights, {
        shape,
        rows: cells,
        counts: fixtureCounts,
        recipe,
        ...(tiling === undefined ? {} : { tiling }),
      });
      return { specs, weights, plan, expected: load(file) };
    }

    it.each(cases)('has the loss and the gradients of $file', async (test) => {
      const { specs, weights, plan, expected } = create(test);
      const loss = expected.info.scalars['loss'] as number;
      expect(Math.abs((await plan.evaluate(fixtureCounts, every)) / loss - 1)).toBeLessThan(2e-6);
      plan.step(fixtureCounts, every, 0, NO_NOISE);
      expect(Math.abs((await plan.takeLoss()) / loss - 1)).toBeLessThan(2e-6);
      const originals = new OriginalArrays(expected);
      const wrong = (await plan.gradients()).flatMap(({ name, values }) => {
        const spec = specs.find((s) => s.name === name)!;
        const gradient = originals.autoencoder('grad', spec);
        const error = largestDifference(values, gradient) / largest(gradient);
        return error < (test.share ?? 2e-5) ? [] : [`${name} ${error}`];
      });
      expect(wrong).toEqual([]);
      plan.dispose();
      weights.dispose();
    });

    it.each(cases.slice(0, 2))('follows five steps of $file', async (test) => {
      const { specs, weights, plan, expected } = create(test);
      const originals = new OriginalArrays(expected);
      const steps = expected.info.scalars['steps'] as { loss: number }[];
      for (let step = 0; step < steps.length; step++) {
        const rate = autoencoderRate(schedule, step, 18);
        plan.step(fixtureCounts, every, rate, NO_NOISE);
        expect(Math.abs((await plan.takeLoss()) / steps[step].loss - 1)).toBeLessThan(1e-5);
        if (step !== 0 && step !== steps.length - 1) continue;
        const stage = `after${step + 1}`;
        for (const { name, values } of await weights.arena.read()) {
          const spec = specs.find((s) => s.name === name)!;
          const after = originals.autoencoder(stage, spec);
          expect(largestDifference(values, after), `${stage} ${name}`).toBeLessThan(2e-4);
        }
      }
      plan.dispose();
      weights.dispose();
    });

    it('gives the same bits twice', async () => {
      const runs = [];
      for (let run = 0; run < 2; run++) {
        const { weights, plan } = create(cases[3]);
        for (let step = 0; step < 3; step++) {
          plan.step(fixtureCounts, every, 1e-3, NO_NOISE);
        }
        runs.push(await weights.arena.read());
        plan.dispose();
        weights.dispose();
      }
      expect(runs[1]).toEqual(runs[0]);
    });
  });
}
