/** @file The parts into which a judgement falls that depend on nothing but its frame; each thread may do each of them, in every order. */
import type { BaselineName, Measures } from '../protocol/judge.ts';
import type { Measured } from './dear-measures.ts';
import type { Recogniser } from './recognition.ts';
import type { BaselineFound } from './stage-baselines.ts';
import type { FloorDraw } from './stage-cells.ts';

/** Which cells are meant: a draw of real cells by its number, or the synthetic ones. */
export interface WhichCells {
  readonly draw: number | 'synthetic';
}

/** One category or combination: its own cells, and draws of real cells. */
export interface GroupFound {
  readonly own: Measured;
  readonly floor: readonly Measures[];
}

/** Every kind of job: what it is told, and what comes back. Both can be cloned. */
interface JobTable {
  recogniser: { told: { readonly attribute: number }; found: Recogniser };
  floor: { told: { readonly draw: number }; found: FloorDraw };
  baseline: {
    told: { readonly name: BaselineName; readonly recognisers: readonly Recogniser[] | null };
    found: BaselineFound;
  };
  genes: { told: WhichCells; found: Measured };
  auc: { told: WhichCells; found: Measured };
  transport: { told: WhichCells; found: Measured };
  /** By the place in the list of the synthetic cells' groups. */
  group: { told: { readonly group: number }; found: GroupFound };
}

/** The kinds of jobs. */
export type JobKind = keyof JobTable;

/** What a job of some kind is told, and what it finds. */
export type JobTold<K extends JobKind> = JobTable[K]['told'];
/** See JobTold. */
export type JobFound<K extends JobKind> = JobTable[K]['found'];

/** One job. */
export type Job = { [K in JobKind]: { readonly kind: K } & JobTold<K> }[JobKind];

/** A job with what becomes of its result. */
export interface Task {
  readonly job: Job;
  /** Called on the judging thread, in the order of the tasks. */
  readonly take: (found: unknown) => void;
}

/** A task of one kind. */
export function task<K extends JobKind>(
  kind: K,
  told: JobTold<K>,
  take: (found: JobFound<K>) => void,
): Task {
  return { job: { kind, ...told } as Job, take: take as (found: unknown) => void };
}
