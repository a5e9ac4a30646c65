/** @file The apply worker's service in Node: four uses on simulated cells, their progress, and the files they leave. */
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeBackend } from '../data/h5-node.ts';
import { nodeCpuHost } from '../engine/cpu/node-host.ts';
import { codeOf, createService, data, request } from '../models/testing/requests.ts';
import type { ApplyEvent } from '../protocol/apply.ts';
import { ApplyService } from './apply-service.ts';

const cells = data.counts.rows;
const service = new ApplyService({
  cpuHost: nodeCpuHost(),
  openGpu: async () => ({ why: 'not here' }),
  files: nodeBackend,
});
const events: ApplyEvent[] = [];
const follow = (event: ApplyEvent): void => void events.push(event);

beforeAll(async () => {
  const trainer = createService();
  await trainer.init('cpu');
  await trainer.train(request(data), () => undefined);
  const { heldOut } = await trainer.cells();
  await service.open({
    model: await trainer.save(),
    counts: data.counts,
    columns: Object.fromEntries(
      data.attributes.map(({ name, categories, codes }) => [
        name,
        { kind: 'categorical', categories, codes },
      ]),
    ),
    cellNames: Array.from({ length: cells }, (_, i) => `c${i}`),
    heldOut,
    device: 'cpu',
  });
});

const names = async (blob: Blob): Promise<string> =>
  Buffer.from(await blob.arrayBuffer()).toString('latin1');

describe('ApplyService', () => {
  it('has nothing to save before a use', async () => {
    expect(await service.save('correct').then(() => 'none', codeOf)).toBe('bad-request');
  });

  it('corrects batches, maps them before and after, and measures', async () => {
    events.length = 0;
    const answer = await service.correct(
      { batch: 'state', to: null, keep: ['type'], measure: 'type', counts: false, start: null, seed: 1 }, // prettier-ignore
      follow,
    );
    expect(answer.rows.length).toBe(cells);
    for (const map of [answer.before, answer.after]) {
      expect(map.length).toBe(2 * cells);
      expect(map.every(Number.isFinite)).toBe(true);
    }
    const { uncorrected, corrected } = answer.measures as NonNullable<typeof answer.measures>;
    expect(corrected['batchCorrection']).toBeGreaterThan(uncorrected['batchCorrection']);
    const shares = events.map(({ share }) => share);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
    expect(shares[0]).toBe(0);
    expect(shares[shares.length - 1]).toBeGreaterThan(0.7);
    expect(await names(await service.save('correct'))).toContain('X_cellsmith_uncorrected');
  });

  it('says why a correction cannot be measured, and keeps the correction', async () => {
    const answer = await service.correct(
      { batch: 'state', to: 'on', keep: ['type'], measure: 'state', counts: true, start: new Float32Array(2 * cells), seed: 1 }, // prettier-ignore
      follow,
    );
    expect(answer.cells).toBe(cells);
    expect(answer.measures === null).toBe(answer.unmeasured !== null);
  });

  it('changes cells and lists the genes that change', async () => {
    const answer = await service.counterfactual(
      { set: { state: 'on' }, where: { type: 'b' }, among: null, seed: 1 },
      follow,
    );
    expect(answer.after.length).toBe(answer.rows.length * answer.latentDim);
    expect(answer.model?.pearson).toBeGreaterThan(0.9);
    expect(answer.seenInTraining).toBe(true);
    const sizes = answer.effects.map((e) =>
      Math.max(Math.abs(e.effect), Math.abs(e.observed ?? 0)),
    );
    expect([...sizes].sort((a, b) => b - a)).toEqual(sizes);
    const own = answer.rows.slice(0, 9);
    const some = await service.counterfactual(
      { set: { state: 'on' }, where: {}, among: own, seed: 1 },
      follow,
    );
    expect([...some.rows]).toEqual([...own]);
    expect(some.model).not.toBeNull();
    expect(await names(await service.save('counterfactual'))).toContain('effects');
  });

  it('compares nothing when the chosen cells are of several kinds', async () => {
    const answer = await service.counterfactual(
      { set: { state: 'on' }, where: {}, among: null, seed: 1 },
      follow,
    );
    expect(answer.model).toBeNull();
    expect(answer.effects[0].observed).toBeNull();
  });

  it('adds cells of a kind and checks them on held-out cells', async () => {
    const answer = await service.augment(
      { attribute: 'type', values: ['b'], cells: 40, fill: [], check: true, seed: 1 },
      follow,
    );
    expect(answer.added).toBe(40);
    expect(answer.check?.classes.map(({ name }) => name)).toEqual(['b']);
    expect(answer.check?.summary).toMatch(/held-out real cells/);
    expect(await names(await service.save('augment'))).toContain(`synthetic-${cells + 40}`);
  });

  it('fills genes, tests them, and writes layers', async () => {
    const gene = data.geneNames[3];
    const answer = await service.impute({ genes: [gene], passes: 2, test: true, seed: 1 }, follow);
    expect(answer.genes).toBe(1);
    expect(answer.test?.genes[0].name).toBe(gene);
    expect(await names(await service.save('impute'))).toContain('imputed_sd');
    const ask = { genes: ['no such gene'], passes: 2, test: false, seed: 1 };
    expect(await service.impute(ask, follow).then(() => 'none', codeOf)).toBe('no-gene');
  });

  it('needs cells', async () => {
    const empty = new ApplyService({
      cpuHost: nodeCpuHost(),
      openGpu: async () => ({ why: 'not here' }),
      files: nodeBackend,
    });
    const ask = { genes: [], passes: 2, test: false, seed: 1 };
    expect(await empty.impute(ask, follow).then(() => 'none', codeOf)).toBe('bad-request');
  });
});
