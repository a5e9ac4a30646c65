/** @file A helper thread's service: keeps the frame of one judgement and does jobs of it. */
import { Pacer } from '../maps/pacer.ts';
import { StudioError } from '../protocol/errors.ts';
import { JudgeFrame, type FrameParts } from './judge-frame.ts';
import type { Job } from './jobs.ts';
import { workJob } from './work-job.ts';

/** What a helper can be asked across threads. */
export interface JudgeHelperApi {
  /** Keeps what the jobs read. */
  begin(parts: FrameParts): Promise<void>;
  /** Does one job. Error: bad-request before `begin`. */
  work(job: Job): Promise<unknown>;
}

/** Implements JudgeHelperApi. */
export class JudgeHelperService implements JudgeHelperApi {
  #frame: JudgeFrame | null = null;

  begin(parts: FrameParts): Promise<void> {
    this.#frame = new JudgeFrame(parts, new Pacer());
    return Promise.resolve();
  }

  async work(job: Job): Promise<unknown> {
    if (this.#frame === null) {
      throw new StudioError(
        'bad-request',
        'There is nothing to help with.',
        'Begin a judgement before its jobs.',
      );
    }
    try {
      return await workJob(this.#frame, job);
    } catch (thrown) {
      throw StudioError.from(thrown);
    }
  }
}
