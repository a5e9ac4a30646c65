/** @file The helper thread of the command line: a real thread comes to the same verdict, and its end is noticed. */
import { expect, it } from 'vitest';
import { Judgement } from '../src/evaluation/judge.ts';
import { simulateData } from '../src/models/testing/simulated-data.ts';
import { selectRows } from '../src/numerics/csr.ts';
import { startJudgeHelper } from './judge-helpers.ts';

const world = simulateData(420, 50, 8);
const part = (from: number, to: number) =>
  selectRows(
    world.counts,
    Array.from({ length: to - from }, (_, i) => from + i),
  );
const request = {
  key: '',
  training: part(0, 300),
  heldOut: part(300, 360),
  synthetic: part(360, 420),
  attributes: world.attributes.map(({ name, categories, codes }) => ({
    name,
    categories,
    training: codes.slice(0, 300),
    heldOut: codes.slice(300, 360),
    synthetic: codes.slice(360, 420),
  })),
  seed: 2,
  mostCells: 2000,
  mostTransport: 1000,
  stoppedEarly: false,
};

it('a helper thread changes nothing but the time', async () => {
  const helper = await startJudgeHelper();
  let worked = 0;
  // It is there before the judgement begins, so that a short judgement needs it.
  const ready = {
    ...helper,
    work: (job: Parameters<typeof helper.work>[0]) => {
      worked++;
      return helper.work(job);
    },
  };
  const first = await helper.work({ kind: 'floor', draw: 0 }).catch((error: unknown) => error);
  expect(first).toMatchObject({ code: 'bad-request' });
  const none = () => undefined;
  const both = await new Judgement(request, none, null, [() => Promise.resolve(ready)]).run();
  const alone = await new Judgement(request, none, null).run();
  expect({ ...both, seconds: 0 }).toEqual({ ...alone, seconds: 0 });
  expect(worked).toBeGreaterThan(0);
  // The judgement has ended the thread.
  await expect(helper.work({ kind: 'floor', draw: 0 })).rejects.toMatchObject({
    code: 'worker-crashed',
  });
}, 60_000);
