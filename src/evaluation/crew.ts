/** @file The threads that work on one judgement: this one, and helpers that do jobs beside it. What comes out does not depend on how many there are. */
import { collectBuffers } from '../protocol/transport.ts';
import { HelperPause } from './helper-pause.ts';
import type { FrameParts, JudgeFrame } from './judge-frame.ts';
import type { Job, Task } from './jobs.ts';
import { TaskLine } from './task-line.ts';
import { workJob } from './work-job.ts';

/** A helper has a copy of what the jobs read; above so many bytes there is none, for lack of memory. */
const MOST_COPIED = 2 ** 29;

/** A thread that does jobs of one judgement. */
export interface JudgeHelper {
  /** Takes a copy of what the jobs read. Rejects when the thread cannot go on. */
  begin(parts: FrameParts): Promise<void>;
  /** Does one job. Errors: those of the job; worker-crashed. */
  work(job: Job): Promise<unknown>;
  /** Ends the thread at once. */
  end(): void;
}

/** Starts a helper; rejects where none can be had. */
export type StartHelper = () => Promise<JudgeHelper>;

/** The helpers of one judgement. */
export class Crew {
  readonly #starting: readonly Promise<JudgeHelper | null>[];
  #ready: readonly Promise<JudgeHelper | null>[] = [];
  #ended = false;

  readonly #pause: HelperPause;

  /** @param starts starts one helper each; those that cannot be had are done without @param pause when they hold back */
  constructor(starts: readonly StartHelper[], pause = new HelperPause()) {
    this.#pause = pause;
    this.#starting = starts.map((start) => start().catch(() => null));
  }

  /** Tells the helpers what the jobs read; those that cannot take it are done without. */
  begin({ parts }: JudgeFrame): void {
    const bytes = collectBuffers(parts).reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (bytes > MOST_COPIED) return;
    this.#ready = this.#starting.map(async (starting) => {
      const helper = await starting;
      if (helper === null || this.#ended) return null;
      return helper.begin(parts).then(() => helper, () => null); // prettier-ignore
    });
  }

  /**
   * Does all tasks. Results are taken in the order of the tasks, and not before `own` has ended.
   *
   * @param own what this thread does first, while the helpers begin with the tasks
   * @throws StudioError the first error of a job or of `own`
   */
  async run<T>(
    frame: JudgeFrame,
    tasks: readonly Task[],
    own: () => Promise<T>,
    onTaken?: (task: number) => void,
  ): Promise<T> {
    const line = new TaskLine(tasks, onTaken);
    const helping = this.#ready.map(async (ready) => {
      const helper = await ready;
      if (helper) await line.follow((job) => helper.work(job), () => this.#pause.over()); // prettier-ignore
    });
    const here = async (): Promise<T> => {
      const made = await own();
      line.open();
      await line.follow((job) => workJob(frame, job));
      await line.done;
      return made;
    };
    try {
      return await Promise.race([here(), firstFailure(helping)]);
    } finally {
      line.close();
    }
  }

  /** Ends all helpers. */
  end(): void {
    this.#ended = true;
    for (const starting of this.#starting) void starting.then((helper) => helper?.end());
  }
}

/** Rejects as soon as one of the works does, and never resolves. */
function firstFailure(works: readonly Promise<void>[]): Promise<never> {
  return new Promise((_, reject) => {
    for (const work of works) work.catch(reject);
  });
}
