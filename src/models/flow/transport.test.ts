/** @file Flow inversion on the device's plans against the original program; round trips; the library dimension; averaged labels. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NamedArray } from '../../engine/named-array.ts';
import type { CpuDevice } from '../../engine/cpu/device.ts';
import { startTestCpu } from '../../engine/cpu/testing/devices.ts';
import { largest, largestDifference } from '../../engine/testing/device.ts';
import { memorySource } from '../../numerics/csr-source.ts';
import { csrFromDense } from '../../numerics/csr.ts';
import { fixedStep } from '../../numerics/ode.ts';
import { createRandom } from '../../numerics/random.ts';
import { loadFixture, type Fixture } from '../../numerics/testing/fixture.ts';
import { velocityReference, type Labels } from '../../numerics/testing/velocity-reference.ts';
import { float64Space } from '../../numerics/vector-space.ts';
import type { TransportRequest } from '../../protocol/model.ts';
import {
  autoencoderNames,
  initialArrays,
  originalValues,
  velocityNames,
} from '../testing/original-weights.ts';
import { codeOf } from '../testing/requests.ts';
import { averagedModel } from './average-label.ts';
import type { VelocityRuntime } from '../cfgen/backend.ts';
import { autoencoderShape, velocityShape, type CfgenModel } from '../cfgen/model.ts';
import { createPlanBackend } from '../cfgen/plan/plan-backend.ts';
import { transportCells, type TransportedCells } from './transport.ts';

const FOLDERS = {
  reverse: join(import.meta.dirname, '../../numerics/fixtures'),
  batch_correction: join(import.meta.dirname, '../fixtures'),
};
const ATTRIBUTES = ['cell_type', 'batch'];
const names = velocityNames(ATTRIBUTES);
let device: CpuDevice;

beforeAll(async () => {
  device = await startTestCpu(2);
});
afterAll(() => device.dispose());

/** A model around a fixture's velocity network. `joint` takes its last dimension as the library's. */
function modelOf(fixture: Fixture, joint: boolean): CfgenModel {
  const [hidden, dims] = fixture.tensors['init.net_in.weight'].shape;
  const categories = ATTRIBUTES.map((a) => fixture.tensors[`init.label.${a}`].shape[0]);
  const latentDim = joint ? dims - 1 : dims;
  const labels = ATTRIBUTES.map((a) => fixture.values(`label.${a}`));
  const combinations = [...labels[0]].map((type, i) => ({ codes: [type, labels[1][i]], cells: 1 }));
  return {
    family: 'cfgen',
    recipe: 'faithful',
    architecture: {
      genes: 37,
      hidden: [16, 11],
      latentDim,
      jointLibrary: joint,
      flowHidden: hidden,
      flowEmbedding: fixture.tensors['init.time_embedder.0.weight'].shape[0],
      flowBlocks: 3,
      categories,
    },
    attributes: ATTRIBUTES.map((name, a) => ({
      name,
      categories: Array.from({ length: categories[a] }, (_, c) => `${name}${c}`),
      cells: Array.from({ length: categories[a] }, () => 1),
    })),
    combinations,
    whitening: { mean: new Float32Array(latentDim), sd: new Float32Array(latentDim).fill(1) },
    library: { mean: 7, sd: 0.5, min: 5, max: 9, byCategory: [] },
    autoencoder: [],
    flow: initialArrays(fixture, names),
  };
}

async function transport(
  model: CfgenModel,
  request: TransportRequest,
  signal: AbortSignal | null = null,
): Promise<TransportedCells> {
  const backend = createPlanBackend(device);
  const own = backend.startVelocity(velocityShape(model.architecture), model.flow);
  const start = ({ architecture, flow }: CfgenModel): VelocityRuntime =>
    backend.startVelocity(velocityShape(architecture), flow);
  try {
    return await transportCells(model, { own, start }, request, signal);
  } finally {
    own.dispose();
  }
}

function codesOf(fixture: Fixture): Record<string, Int32Array> {
  return Object.fromEntries(
    ATTRIBUTES.map((a) => [a, Int32Array.from(fixture.values(`label.${a}`))]),
  );
}

function ask(
  latents: Float32Array,
  cells: number,
  codes: Record<string, Int32Array>,
  change: Partial<TransportRequest> = {},
): TransportRequest {
  return {
    latents,
    logLibrary: new Float32Array(cells).fill(7),
    from: codes,
    to: codes,
    average: null,
    weightsToNoise: {},
    weightsToCells: {},
    library: 'kept',
    solver: { method: 'dopri5', tolerance: 1e-5 },
    seed: 0,
    ...change,
  };
}

describe('the way to noise', () => {
  const fixture = loadFixture('ode', 'reverse', FOLDERS.reverse);
  const cells = fixture.tensors['z1'].shape[0];
  const z1 = Float32Array.from(fixture.values('z1'));
  const bound = 3 * (fixture.info.scalars['back'] as Record<string, number>)['max |f32 - f64|'];

  it('ends where the original ends, and comes back, with dopri5', async () => {
    const done = await transport(modelOf(fixture, false), ask(z1, cells, codesOf(fixture)));
    expect(largestDifference(done.noise, fixture.values('back.z'))).toBeLessThan(bound);
    // The original's own round trip misses by as much at this tolerance.
    const missed = fixture.info.scalars['round trip max |z - z1|'] as number;
    expect(largestDifference(done.latents, z1)).toBeLessThan(2 * missed);
    expect(done.extrapolated).toBe(false);
  });

  it('ends at the tight reference with rk4, and comes back closer', async () => {
    const solver = { method: 'rk4', steps: 60 } as const;
    const done = await transport(
      modelOf(fixture, false),
      ask(z1, cells, codesOf(fixture), { solver }),
    );
    expect(largestDifference(done.noise, fixture.values('back.z.reference'))).toBeLessThan(2e-3);
    expect(largestDifference(done.latents, z1)).toBeLessThan(2e-3);
    expect(done.evaluations).toBe(2 * 4 * 60);
  });
});

describe('batch correction', () => {
  const fixture = loadFixture('ode', 'batch_correction', FOLDERS.batch_correction);
  const cells = fixture.tensors['z'].shape[0];
  const bound = 3 * (fixture.info.scalars['max |f32 - f64| corrected'] as number);
  const reference = fixture.info.settings['reference_batch'] as number;
  const codes = codesOf(fixture);
  const to = { ...codes, batch: new Int32Array(cells).fill(reference) };

  /** Latents of the fixture's counts by the recorded encoder. */
  async function encoded(): Promise<Float32Array> {
    const arrays: NamedArray[] = autoencoderNames().map((name) => ({
      name: name.ours,
      shape: [],
      values: Float32Array.from(originalValues(fixture, 'autoencoder', name)),
    }));
    const { architecture } = modelOf(fixture, false);
    const runtime = createPlanBackend(device).startAutoencoder(
      autoencoderShape(architecture),
      arrays,
    );
    const counts = csrFromDense(cells, 37, fixture.values('counts'));
    const z = await runtime.encode(memorySource(counts), () => Promise.resolve());
    runtime.dispose();
    return z;
  }

  it('of counts gives the original’s latents, noise and corrected latents', async () => {
    const z = await encoded();
    expect(largestDifference(z, fixture.values('z'))).toBeLessThan(1e-5);
    const done = await transport(modelOf(fixture, false), ask(z, cells, codes, { to }));
    expect(largestDifference(done.noise, fixture.values('noise'))).toBeLessThan(bound);
    expect(largestDifference(done.latents, fixture.values('corrected'))).toBeLessThan(bound);
  });

  it('takes other weights on the way to cells', async () => {
    const weightsToCells = { cell_type: 2, batch: 0.5 };
    const done = await transport(
      modelOf(fixture, false),
      ask(await encoded(), cells, codes, { to, weightsToCells }),
    );
    const expected = fixture.values('corrected_w2_0_5');
    expect(largestDifference(done.latents, expected)).toBeLessThan(bound);
    const plain = fixture.values('corrected');
    expect(largestDifference(done.latents, plain)).toBeGreaterThan(10 * bound);
  });

  it('uses the mean of the batches’ labels when asked for the average', async () => {
    const model = modelOf(fixture, false);
    const table = fixture.tensors['init.label.batch'];
    const width = table.shape[1];
    const added = averagedModel(model, 'batch').flow.find(({ name }) => name === 'label.1');
    const mean = Array.from({ length: width }, (_, e) =>
      Array.from({ length: 3 }, (__, row) => table.data[row * width + e] / 3).reduce(
        (a, b) => a + b,
      ),
    );
    expect(largestDifference(added?.values.slice(3 * width) ?? [], mean)).toBeLessThan(1e-6);
    const z = Float32Array.from(fixture.values('z'));
    const solver = { method: 'rk4', steps: 40 } as const;
    const done = await transport(model, ask(z, cells, codes, { average: 'batch', solver }));
    const values = Float32Array.from([...table.data, ...mean]);
    const tensors = {
      ...fixture.tensors,
      'init.label.batch': { ...table, shape: [4, width], data: values },
    };
    const labels = { ...codes, batch: new Int32Array(cells).fill(3) };
    const expected = await reference64(tensors, Float64Array.from(done.noise), labels, 0, 1, null);
    expect(largestDifference(done.latents, expected)).toBeLessThan(2e-3);
    expect(done.extrapolated).toBe(false);
  });

  it('takes the same kind of guidance on both ways where a combination was never seen', async () => {
    const faithful = modelOf(fixture, false);
    const shared: CfgenModel = {
      ...faithful,
      recipe: 'recommended',
      combinations: faithful.combinations.filter((c) => c.codes[1] !== reference),
    };
    const z = Float32Array.from(fixture.values('z'));
    const order = ask(z, cells, codes, { to, solver: { method: 'rk4', steps: 40 } });
    const [mixed, additive] = [await transport(shared, order), await transport(faithful, order)];
    expect(mixed.extrapolated).toBe(true);
    // Every cell's new batch is unseen, so all go by Eq. 8, as in the original.
    expect(largestDifference(mixed.latents, additive.latents)).toBeLessThan(1e-5);
    const seen = { ...shared, combinations: [...faithful.combinations] };
    const home = await transport(seen, ask(z, cells, codes, { solver: order.solver }));
    expect(largestDifference(home.noise, additive.noise)).toBeGreaterThan(0.01);
  });

  it('says when a new combination was never seen', async () => {
    const model = modelOf(fixture, false);
    const few = { ...model, combinations: model.combinations.filter((c) => c.codes[1] !== 2) };
    const unseen = { ...codes, batch: new Int32Array(cells).fill(2) };
    const done = await transport(
      few,
      ask(await encoded(), cells, codes, { to: unseen, solver: { method: 'heun', steps: 3 } }),
    );
    expect(done.extrapolated).toBe(true);
  });
});

/** The same way by the plain float64 network; `led` replaces the velocity of the last dimension. */
async function reference64(
  tensors: Fixture['tensors'],
  x: Float64Array,
  labels: Labels,
  from: number,
  to: number,
  led: ArrayLike<number> | null,
): Promise<Float64Array> {
  const network = velocityReference(tensors);
  const dims = tensors['init.net_in.weight'].shape[1];
  const field = (t: number, at: Float64Array): Float64Array => {
    const v = network.guided(at, t, labels, { cell_type: 1, batch: 1 });
    if (led !== null) for (let i = 0; i < led.length; i++) v[i * dims + dims - 1] = led[i];
    return v;
  };
  const options = { method: 'rk4', from, to, steps: 40 } as const;
  return (await fixedStep(float64Space, field, x, options)).state;
}

describe.each([
  ['of unit scale', { sd: 0.5 }],
  // Three times the spread in states of a third of the size: the same states.
  ['of scale 3', { sd: 1.5, scale: 3 }],
])('the library dimension %s', (_, spread) => {
  const fixture = loadFixture('ode', 'batch_correction', FOLDERS.batch_correction);
  const cells = fixture.tensors['z'].shape[0];
  const codes = codesOf(fixture);
  const to = { ...codes, batch: new Int32Array(cells).fill(1) };
  const plain = modelOf(fixture, true);
  const { library: learnt } = plain;
  const model = { ...plain, library: { ...learnt, ...spread } };
  const { latentDim } = model.architecture;
  const dims = latentDim + 1;
  const random = createRandom(11);
  const latents = Float32Array.from({ length: cells * latentDim }, () => random.normal());
  const logLibrary = Float32Array.from({ length: cells }, () => 7 + 0.5 * random.normal());
  const solver = { method: 'rk4', steps: 40 } as const;
  const scaled = Float64Array.from(logLibrary, (value) => (value - 7) / 0.5);
  const joined = Float64Array.from({ length: cells * dims }, (_, k) =>
    k % dims === latentDim
      ? scaled[Math.floor(k / dims)]
      : latents[Math.floor(k / dims) * latentDim + (k % dims)],
  );
  const latentPart = (x: ArrayLike<number>): number[] =>
    Array.from(x).filter((_, k) => k % dims !== latentDim);

  it.each(['kept', 'carried'] as const)('%s: follows the float64 network', async (library) => {
    const done = await transport(
      model,
      ask(latents, cells, codes, { logLibrary, to, solver, library }),
    );
    const led = library === 'kept' ? scaled : null;
    const noise = await reference64(fixture.tensors, joined, codes, 1, 0, led);
    const end = await reference64(fixture.tensors, noise, to, 0, 1, led);
    const scale = largest(end);
    expect(largestDifference(done.noise, latentPart(noise))).toBeLessThan(1e-3 * largest(noise));
    expect(largestDifference(done.latents, latentPart(end))).toBeLessThan(1e-3 * scale);
    const sizes = Array.from({ length: cells }, (_, i) =>
      library === 'kept'
        ? logLibrary[i]
        : Math.max(5 - Math.LN2, Math.min(9 + Math.LN2, 7 + 0.5 * end[i * dims + latentDim])),
    );
    expect(largestDifference(done.logLibrary, sizes)).toBeLessThan(1e-3 * scale);
  });

  it.each(['kept', 'carried'] as const)('%s: comes back under its own labels', async (library) => {
    const done = await transport(
      model,
      ask(latents, cells, codes, { logLibrary, solver, library }),
    );
    expect(largestDifference(done.latents, latents)).toBeLessThan(2e-3);
    expect(largestDifference(done.logLibrary, logLibrary)).toBeLessThan(2e-3);
  });
});

describe('refusals', () => {
  const fixture = loadFixture('ode', 'reverse', FOLDERS.reverse);
  const cells = fixture.tensors['z1'].shape[0];
  const z1 = Float32Array.from(fixture.values('z1'));
  const good = ask(z1, cells, codesOf(fixture));

  it.each<[string, TransportRequest]>([
    ['no cells', { ...good, latents: new Float32Array(0), logLibrary: new Float32Array(0) }],
    ['latents of another model', { ...good, latents: z1.subarray(1) }],
    ['a cell without counts', { ...good, logLibrary: good.logLibrary.map(() => -Infinity) }],
    ['an unknown attribute', { ...good, average: 'donor' }],
    ['an unknown weight', { ...good, weightsToCells: { donor: 1 } }],
    ['too few categories', { ...good, to: { batch: new Int32Array(3) } }],
  ])('%s', async (_name, request) => {
    const error: unknown = await transport(modelOf(fixture, false), request).catch(
      (e: unknown) => e,
    );
    expect(codeOf(error)).toBe('bad-request');
  });

  it('ends when it is cancelled', async () => {
    const aborted = AbortSignal.abort();
    const error: unknown = await transport(modelOf(fixture, false), good, aborted).catch(
      (e: unknown) => e,
    );
    expect(codeOf(error)).toBe('cancelled');
  });
});
