/** @file A judgement on several threads: the same to the last bit, ended as a whole, and clear about what went wrong. */
import { beforeAll, describe, expect, it } from 'vitest';
import { simulateData } from '../models/testing/simulated-data.ts';
import { selectRows } from '../numerics/csr.ts';
import { StudioError } from '../protocol/errors.ts';
import type { JudgeRequest, Verdict } from '../protocol/judge.ts';
import type { JudgeHelper, StartHelper } from './crew.ts';
import { HelperPause } from './helper-pause.ts';
import { JudgeHelperService } from './judge-helper-service.ts';
import { JudgeService } from './judge-service.ts';
import { Judgement } from './judge.ts';
import type { Job } from './jobs.ts';
import { TaskLine } from './task-line.ts';

const TRAINING = 300;
const OWN = 70;

let request: JudgeRequest;
let alone: Verdict;

beforeAll(async () => {
  const world = simulateData(TRAINING + 2 * OWN, 60, 5);
  const rows = (from: number, n: number) => Array.from({ length: n }, (_, i) => from + i);
  const sets = {
    training: rows(0, TRAINING),
    heldOut: rows(TRAINING, OWN),
    synthetic: rows(TRAINING + OWN, OWN),
  };
  const codes = (own: Int32Array, some: number[]) => Int32Array.from(some, (row) => own[row]);
  request = {
    key: 'k',
    training: selectRows(world.counts, sets.training),
    heldOut: selectRows(world.counts, sets.heldOut),
    synthetic: selectRows(world.counts, sets.synthetic),
    attributes: world.attributes.map(({ name, categories, codes: own }) => ({
      name,
      categories,
      training: codes(own, sets.training),
      heldOut: codes(own, sets.heldOut),
      synthetic: codes(own, sets.synthetic),
    })),
    seed: 3,
    mostCells: 2000,
    mostTransport: 1000,
    stoppedEarly: false,
  };
  alone = await judge([]);
});

interface Watched {
  readonly start: StartHelper;
  readonly jobs: Job[];
  ended: boolean;
}

/** A helper in this thread that has copies of everything, as one in another thread does. */
function watched(work?: (job: Job) => Promise<unknown>): Watched {
  const service = new JudgeHelperService();
  const jobs: Job[] = [];
  const own: Watched = {
    jobs,
    ended: false,
    start: () =>
      Promise.resolve<JudgeHelper>({
        begin: (parts) => service.begin(structuredClone(parts)),
        work: async (job) => {
          jobs.push(job);
          // Now sooner, now later than the judging thread.
          for (let turn = 0; turn < jobs.length % 3; turn++) await new Promise((go) => setTimeout(go)); // prettier-ignore
          if (work) return work(job);
          return structuredClone(await service.work(structuredClone(job)));
        },
        end: () => (own.ended = true),
      }),
  };
  return own;
}

const judge = (helpers: readonly StartHelper[]): Promise<Verdict> =>
  new Judgement(request, () => undefined, null, helpers).run();

describe('a judgement with helpers', () => {
  it('comes to the same verdict with one, two and three threads', async () => {
    for (const n of [1, 2]) {
      const helpers = Array.from({ length: n }, () => watched());
      const own = await judge(helpers.map(({ start }) => start));
      expect({ ...own, seconds: 0 }).toEqual({ ...alone, seconds: 0 });
      expect(helpers.every(({ jobs, ended }) => jobs.length > 3 && ended)).toBe(true);
    }
    expect(alone.decided).toBe(true);
    expect(alone.groups.length).toBeGreaterThan(4);
  });

  it('is done alone where no helper can be had, or it cannot take the cells', async () => {
    const none: StartHelper = () => Promise.reject(new Error('no worker here'));
    const small: StartHelper = async () => ({
      ...(await watched().start()),
      begin: () => Promise.reject(new RangeError('no memory')),
    });
    const own = await judge([none, small]);
    expect({ ...own, seconds: 0 }).toEqual({ ...alone, seconds: 0 });
  });

  it('is done by this thread alone while the helpers hold back', async () => {
    const pause = new HelperPause();
    pause.extend(20_000);
    const helper = watched();
    const own = await new Judgement(request, () => undefined, null, [helper.start], pause).run();
    expect(helper.jobs).toEqual([]);
    expect({ ...own, seconds: 0 }).toEqual({ ...alone, seconds: 0 });
  });

  it('ends on all threads when it is cancelled', async () => {
    const stop = new AbortController();
    const helper = watched(() => {
      stop.abort();
      return new Promise(() => undefined);
    });
    const running = new Judgement(request, () => undefined, stop.signal, [helper.start]).run();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect(helper.ended).toBe(true);
    const begun = helper.jobs.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(helper.jobs.length).toBe(begun);
  });

  it('can be cancelled while it waits for a helper', async () => {
    const stop = new AbortController();
    const helper = watched(() => new Promise(() => undefined));
    let doings = 0;
    const running = new Judgement(request, () => doings++, stop.signal, [helper.start]).run();
    const ended = running.catch((error: unknown) => error);
    // The first task never ends, so no result is handed on after it: when nothing is told any more, this thread waits.
    for (let before = -1; before !== doings || doings < 3;) {
      before = doings;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    stop.abort();
    expect(await ended).toMatchObject({ code: 'cancelled' });
    expect(helper.ended).toBe(true);
  });

  it('fails with the error of a helper, and its service goes on alone after a crash', async () => {
    const crash = new StudioError('worker-crashed', 'Judging stopped unexpectedly.', 'Why.');
    const helper = watched(() => Promise.reject(crash));
    const service = new JudgeService([helper.start]);
    await expect(service.judge(request, () => undefined)).rejects.toMatchObject({
      code: 'worker-crashed',
      title: 'Judging stopped unexpectedly.',
    });
    expect(helper.ended).toBe(true);
    const begun = helper.jobs.length;
    const verdict = await service.judge(request, () => undefined);
    expect(verdict.complete).toBe(true);
    expect(helper.jobs.length).toBe(begun);
    // The same question again is answered from memory.
    expect(await service.judge(request, () => undefined)).toBe(verdict);
  });
});

describe('a helper', () => {
  it('refuses jobs before it was told what they read', async () => {
    const asked = new JudgeHelperService().work({ kind: 'floor', draw: 0 });
    await expect(asked).rejects.toMatchObject({ code: 'bad-request' });
  });
});

describe('a line of tasks', () => {
  const tasks = (taken: unknown[]) =>
    [5, 1, 4, 2, 3].map((draw) => ({
      job: { kind: 'floor', draw } as const,
      take: (found: unknown) => taken.push(found),
    }));

  it('hands results on in order, whoever is first, and not before it is open', async () => {
    const taken: unknown[] = [];
    const line = new TaskLine(tasks(taken));
    const work = async (job: Job): Promise<unknown> => {
      const { draw } = job as { draw: number };
      await new Promise((resolve) => setTimeout(resolve, 3 * draw));
      return draw;
    };
    await Promise.all([line.follow(work), line.follow(work)]);
    expect(taken).toEqual([]);
    line.open();
    await line.done;
    expect(taken).toEqual([5, 1, 4, 2, 3]);
  });

  it('begins nothing and takes nothing once it is closed', async () => {
    const taken: unknown[] = [];
    const line = new TaskLine(tasks(taken));
    line.open();
    await line.follow((job) => {
      line.close();
      return Promise.resolve(job);
    });
    expect(taken).toEqual([]);
  });

  it('without tasks is done when it is open', async () => {
    const line = new TaskLine([]);
    line.open();
    await line.done;
  });
});
