/** @file One judgement from counts to verdict, in stages: what is cheap comes first, and every stage reports what is known by then. */
import { cancelled } from '../protocol/errors.ts';
import type { JudgeEvent, JudgeRequest, UnseenResult, Verdict } from '../protocol/judge.ts';
import { Crew, type StartHelper } from './crew.ts';
import { HelperPause } from './helper-pause.ts';
import { JudgeContext } from './judge-context.ts';
import { placeSets } from './judge-cells.ts';
import type { JudgeFrame } from './judge-frame.ts';
import type { JobKind, Task } from './jobs.ts';
import { makePaperTables } from './paper-tables.ts';
import { recognise } from './recognition.ts';
import { baselineTasks } from './stage-baselines.ts';
import {
  completeSynthetic,
  countFacts,
  floorTasks,
  makeIntervals,
  measureOwnGroups,
  measureSynthetic,
  recogniserTasks,
  type SyntheticStage,
} from './stage-cells.ts';
import { watchCopies, type CopyStage } from './stage-copies.ts';
import { dearTasks, groupTasks } from './stage-dear.ts';
import { measureUnseen, type UnseenCells } from './unseen.ts';

/** What tasks are called on the page. */
const doings: Readonly<Record<JobKind, string>> = {
  recogniser: 'Training the classifier',
  floor: 'Real against real',
  baseline: 'Trivial methods',
  genes: 'Genes',
  auc: 'Telling apart',
  transport: 'Exact transport',
  group: 'Single types',
};

/** Results of one kind between two reports. */
const TOGETHER = 4;

/** Runs one judgement. */
export class Judgement {
  private readonly context: JudgeContext;
  private readonly stop = new AbortController();

  /** @param helpers threads that may work beside this one; the verdict is the same with any number of them @param pause when they hold back */
  constructor(
    request: JudgeRequest,
    onEvent: (event: JudgeEvent) => void,
    private readonly signal: AbortSignal | null,
    private readonly helpers: readonly StartHelper[] = [],
    private readonly pause = new HelperPause(),
  ) {
    this.context = new JudgeContext(request, onEvent, this.stop.signal);
  }

  /** All stages. Errors: cancelled, at once; worker-crashed when a helper died. */
  async run(): Promise<Verdict> {
    const abort = (): void => this.stop.abort();
    const stopped = new Promise<never>((_, reject) => {
      this.stop.signal.addEventListener('abort', () => reject(cancelled()));
    });
    this.signal?.addEventListener('abort', abort);
    if (this.signal?.aborted) abort();
    const crew = new Crew(this.helpers, this.pause);
    try {
      return await Promise.race([this.judge(crew), stopped]);
    } finally {
      // Ends what still runs here when a helper has failed.
      abort();
      crew.end();
      this.signal?.removeEventListener('abort', abort);
    }
  }

  private async judge(crew: Crew): Promise<Verdict> {
    const { context } = this;
    const { findings, groups, pacer, request } = context;
    context.tell('Counting zeros', 0.02, false);
    countFacts(context);
    context.tell('Fitting the space', 0.04);
    const frame = await context.frame(await placeSets(context.cells, request.seed, pacer));
    crew.begin(frame);
    context.tell('Measuring distances', 0.14);
    const first = [...recogniserTasks(context, frame), ...floorTasks(context)];
    const { synthetic, copies } = await this.work(crew, frame, first, [0.16, 0.5], () =>
      this.measureCells(frame),
    );
    const then = [
      ...(copies ? baselineTasks(context) : []),
      ...dearTasks(context),
      ...groupTasks(context, frame),
    ];
    await this.work(crew, frame, then, [0.55, 0.98], () =>
      this.completeCells(frame, synthetic, copies),
    );
    findings.groups = groups.results();
    if (request.paperCompat) {
      context.tell('As in CFGen’s tables', 0.98);
      findings.paper = await makePaperTables(context);
    }
    return findings.verdict(true);
  }

  /** Does tasks on all threads and reports on them, from one share of the whole to another. */
  private work<T>(
    crew: Crew,
    frame: JudgeFrame,
    tasks: readonly Task[],
    [from, to]: readonly [number, number],
    own: () => Promise<T>,
  ): Promise<T> {
    const { context } = this;
    let since = 0;
    return crew.run(frame, tasks, own, (at) => {
      const next = tasks[at + 1]?.job.kind;
      const other = next !== tasks[at].job.kind;
      since = other ? 0 : since + 1;
      if (next === undefined || (!other && since % TOGETHER > 0)) return;
      if (other) context.findings.groups = context.groups.results();
      context.tell(doings[next], from + ((to - from) * (at + 1)) / tasks.length);
    });
  }

  /** What the checks need of the synthetic cells, and the watch for copies. */
  private async measureCells(frame: JudgeFrame): Promise<{
    readonly synthetic: SyntheticStage;
    readonly copies: CopyStage | null;
  }> {
    const { context } = this;
    const synthetic = await measureSynthetic(context, frame);
    context.tell(doings.recogniser, 0.16);
    return { synthetic, copies: await watchCopies(context, frame) };
  }

  /** Intervals, groups, and combinations that training never saw. */
  private async completeCells(
    frame: JudgeFrame,
    { set, report }: SyntheticStage,
    copies: CopyStage | null,
  ): Promise<void> {
    const { context } = this;
    const { findings, groups, recognised } = context;
    context.tell('Bootstrapping', 0.52);
    const complete = completeSynthetic(set, recognised, copies);
    makeIntervals(context, complete, report);
    await measureOwnGroups(context, frame, complete);
    groups.addPredicted(recognised?.real.byCell ?? null, copies?.usual ?? 0, copies?.fresh ?? 1);
    findings.groups = groups.results();
    findings.unseen = await this.measureAllUnseen(frame);
    context.tell(copies ? doings.baseline : doings.genes, 0.55);
  }

  private async measureAllUnseen(frame: JudgeFrame): Promise<UnseenResult[]> {
    const { unseen, recognised, request, pacer } = this.context;
    const { training } = frame.parts.placed;
    const out: UnseenResult[] = [];
    for (const cells of unseen) {
      const counts = ['heldOut', 'synthetic'] as const;
      const [heldOut, synthetic] = await Promise.all(
        counts.map((side) => frame.place({ counts: cells[side], codes: codesFor(cells, side) })),
      );
      const hitsOf = (set: typeof heldOut): number | null =>
        recognised && set.counts.rows > 0 ? recognise(recognised.recognisers, set).hits : null;
      const result = await measureUnseen(
        {
          cells,
          heldOut: heldOut.scores,
          synthetic: synthetic.scores,
          training: training.scores,
          trainingCodes: training.codes,
          hits: hitsOf(synthetic),
          realHits: hitsOf(heldOut),
          most: request.mostCells,
        },
        request.seed,
        pacer,
      );
      if (result) out.push(result);
    }
    return out;
  }
}

function codesFor(cells: UnseenCells, side: 'heldOut' | 'synthetic'): Int32Array[] {
  return cells.codes.map((code) => new Int32Array(cells[side].rows).fill(code));
}
