/** @file Does the jobs: one function a kind. */
import type { JudgeFrame } from './judge-frame.ts';
import type { Job, JobFound, JobKind, JobTold } from './jobs.ts';
import { measureBaseline } from './stage-baselines.ts';
import { measureDraw, teachRecogniser } from './stage-cells.ts';
import { compareAucOf, compareGenesOf, compareTransportOf, measureGroupOf } from './stage-dear.ts';

type Work<K extends JobKind> = (frame: JudgeFrame, told: JobTold<K>) => Promise<JobFound<K>>;

const works: { readonly [K in JobKind]: Work<K> } = {
  recogniser: teachRecogniser,
  floor: measureDraw,
  baseline: measureBaseline,
  genes: compareGenesOf,
  auc: compareAucOf,
  transport: compareTransportOf,
  group: measureGroupOf,
};

/** Does one job; what it finds follows from the frame and the job alone. Error: cancelled. */
export function workJob(frame: JudgeFrame, job: Job): Promise<unknown> {
  const work = works[job.kind] as (frame: JudgeFrame, told: Job) => Promise<unknown>;
  return work(frame, job);
}
