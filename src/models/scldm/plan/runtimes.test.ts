/** @file The trained networks in use against the original program: latents, means, dispersions, what sampled latents decode to. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeDevice } from '../../../engine/compute-device.ts';
import { startTestCpu } from '../../../engine/cpu/testing/devices.ts';
import { largestDifference } from '../../../engine/testing/device.ts';
import { memorySource } from '../../../numerics/csr-source.ts';
import { loadFixture } from '../../../numerics/testing/fixture.ts';
import type { AutoencoderShape } from '../shapes.ts';
import { autoencoderSpecs } from './autoencoder-arrays.ts';
import { SetAutoencoder } from './runtimes.ts';
import { fixtureCounts, fixtureShape } from './testing/autoencoder-suite.ts';
import { namedArrays, OriginalArrays } from './testing/original-arrays.ts';

const load = (name: string) =>
  loadFixture('scldm', name, join(import.meta.dirname, '../../fixtures'));
const batch = load('autoencoder');
const { genes } = fixtureShape;

describe('a trained set autoencoder', () => {
  let device: ComputeDevice;

  beforeAll(async () => {
    device = await startTestCpu();
  });

  afterAll(() => device.dispose());

  function create(file: string, change: Partial<AutoencoderShape> = {}) {
    const shape = { ...fixtureShape, ...change };
    const originals = new OriginalArrays(load(file));
    const specs = autoencoderSpecs(shape);
    const arrays = namedArrays(specs, (spec) => originals.autoencoder('w', spec));
    return { arrays, network: new SetAutoencoder(device, shape, arrays) };
  }

  const encode = (network: SetAutoencoder): Promise<Float32Array> =>
    network.encode(fixtureCounts, () => Promise.resolve());

  it.each([
    ['autoencoder', 'autoencoder', {}],
    ['autoencoder_masked', 'autoencoder', { context: null }],
    ['autoencoder_crossheads', 'autoencoder_crossheads', { crossHeads: 1 }],
    ['autoencoder_projconcat', 'autoencoder_projconcat', { counts: 'projconcat' }],
  ] as const)('has the latents, means and dispersions of %s', async (file, from, change) => {
    const { arrays, network } = create(from, change);
    const expected = load(file);
    const latents = await encode(network);
    expect(largestDifference(latents, expected.values('z'))).toBeLessThan(2e-5);
    const shares = await network.shares(latents);
    const library = batch.values('batch/library_size');
    const means = shares.map((share, i) => share * library[Math.floor(i / genes)]);
    // The original's own float32 run is off by up to 2e-5.
    expect(largestDifference(means, expected.values('mu'))).toBeLessThan(1e-4);
    library.forEach((size, cell) => {
      const sum = means.slice(cell * genes, (cell + 1) * genes).reduce((a, b) => a + b, 0);
      expect(Math.abs(sum / size - 1)).toBeLessThan(1e-5);
    });
    const logs = arrays.find(({ name }) => name === 'log_theta')!.values;
    const thetas = Float64Array.from(means, (_, i) => Math.exp(logs[i % genes]));
    expect(largestDifference(thetas, expected.values('theta'))).toBeLessThan(2e-6);
    network.dispose();
  });

  it('gives the original’s latents whatever the order of the tokens, padding among them', async () => {
    const { network } = create('autoencoder');
    const [order, ids, counts] = ['perm/token_perm', 'batch/genes_subset', 'batch/counts_subset'].map((name) => batch.values(name)); // prettier-ignore
    const tokens = fixtureShape.context!;
    const indptr = [0];
    const entries: (readonly [gene: number, count: number])[] = [];
    for (let from = 0; from < order.length; from += tokens) {
      for (const place of order.subarray(from, from + tokens)) {
        // Gene 0 is padding.
        if (ids[from + place] > 0) entries.push([ids[from + place] - 1, counts[from + place]]);
      }
      indptr.push(entries.length);
    }
    const shuffled = memorySource({
      rows: indptr.length - 1,
      cols: genes,
      indptr: Uint32Array.from(indptr),
      indices: Uint32Array.from(entries, ([gene]) => gene),
      values: Float32Array.from(entries, ([, count]) => count),
    });
    const latents = await network.encode(shuffled, () => Promise.resolve());
    expect(largestDifference(latents, batch.values('perm/z_permuted_tokens'))).toBeLessThan(2e-5);
    // Against our own, where rounding is the same but for the order of sums, more can be asked.
    expect(largestDifference(latents, await encode(network))).toBeLessThan(1e-5);
    network.dispose();
  });

  it('gives the original’s means in the order of the queries', async () => {
    const { arrays, network } = create('autoencoder');
    const order = batch.values('perm/query_perm');
    const turned = arrays.map((array) => {
      if (array.name !== 'genes' && array.name !== 'log_theta') return array;
      const width = array.shape[1] ?? 1;
      const values = array.values.slice();
      order.forEach((gene, at) =>
        values.set(array.values.subarray(gene * width, (gene + 1) * width), at * width),
      );
      return { ...array, values };
    });
    const other = new SetAutoencoder(device, fixtureShape, turned);
    const shares = await other.shares(await encode(network));
    const library = batch.values('batch/library_size');
    const means = shares.map((share, i) => share * library[Math.floor(i / genes)]);
    expect(largestDifference(means, batch.values('perm/mu_permuted_queries'))).toBeLessThan(1e-4);
    other.dispose();
    network.dispose();
  });

  it('sees other latents when padding that is seen fills up more places, as the original does', async () => {
    const context = batch.info.scalars['other_context_d'] as number;
    const { network } = create('autoencoder', { context });
    const latents = await encode(network);
    expect(largestDifference(latents, batch.values('other_context/z'))).toBeLessThan(2e-5);
    expect(largestDifference(latents, batch.values('z'))).toBeGreaterThan(1e-3);
    network.dispose();
  });

  it('draws with the offsets of the labels that cells show, and leaves shares as they are', async () => {
    const { arrays, network } = create('autoencoder');
    const latents = await encode(network);
    const cells = batch.values('batch/library_size').length;
    const values = Float32Array.from({ length: 3 * genes }, (_, i) => Math.sin(i));
    const tables = [null, values];
    const own = new SetAutoencoder(device, fixtureShape, arrays, tables);
    const shares = await network.shares(latents);
    expect(await own.shares(latents)).toEqual(shares);
    const shown = Int32Array.from({ length: cells }, (_, i) => (i % 4) - 1);
    const drawn = await own.draw({
      latents,
      library: new Float64Array(cells).fill(500),
      theta: new Float32Array(genes).fill(2),
      keys: Uint32Array.from({ length: 2 * cells }, (_, i) => i),
      codes: [new Int32Array(cells), shown],
    });
    for (const cell of [0, 1, 2, 3]) {
      const weights = shares.slice(cell * genes, (cell + 1) * genes);
      if (shown[cell] >= 0) {
        weights.forEach((share, g) => (weights[g] = share * Math.exp(values[shown[cell] * genes + g]))); // prettier-ignore
      }
      const total = weights.reduce((a, b) => a + b, 0);
      const ours = await drawn.shares(cell);
      expect(
        largestDifference(
          ours,
          weights.map((w) => w / total),
        ),
      ).toBeLessThan(1e-6);
    }
    network.dispose();
    own.dispose();
  });

  it.each([0, 1, 3])('decodes what the original sampled at weight %i', async (weight) => {
    const { network } = create('autoencoder');
    const sampler = load('sampler');
    const latents = Float32Array.from(sampler.values(`w${weight}/dopri5/z`));
    const libraries = sampler.values('in/log_library').map(Math.exp);
    const shares = await network.shares(latents);
    const expected = sampler.values(`w${weight}/dopri5/mu`);
    // Both halves, unconditional and guided, have the same library sizes.
    const means = shares.map((share, i) => share * libraries[Math.floor(i / genes) % libraries.length]); // prettier-ignore
    const error = largestDifference(means, expected) / Math.max(...expected);
    expect(error).toBeLessThan(1e-5);
    network.dispose();
  });
});
