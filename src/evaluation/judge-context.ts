/** @file What the stages of one judgement share: its cells, what was found so far, and a way to report. */
import { Pacer } from '../maps/pacer.ts';
import { StudioError } from '../protocol/errors.ts';
import type { JudgeEvent, JudgeRequest } from '../protocol/judge.ts';
import { measureDistances, pickTable } from './distance-table.ts';
import { Findings } from './findings.ts';
import { cellFacts } from './gene-statistics.ts';
import { GroupBook } from './group-measures.ts';
import { chooseCells, type JudgeCells, type PlacedCells } from './judge-cells.ts';
import { JudgeFrame, type Reference } from './judge-frame.ts';
import { medianWidth } from './kernel-distances.ts';
import type { RecogniserStage } from './stage-cells.ts';
import { splitUnseen, type UnseenCells } from './unseen.ts';

const WIDTH_CELLS = 1500;

/** The shared part of a judgement. */
export class JudgeContext {
  /** Without the cells of combinations that were never trained on. */
  readonly request: JudgeRequest;
  readonly unseen: readonly UnseenCells[];
  readonly cells: JudgeCells;
  readonly findings: Findings;
  readonly groups: GroupBook;
  readonly pacer: Pacer;
  /** What the classifiers said; null before they were asked, and without attributes. */
  recognised: RecogniserStage | null = null;

  constructor(
    request: JudgeRequest,
    private readonly onEvent: (event: JudgeEvent) => void,
    signal: AbortSignal | null,
  ) {
    checkRequest(request);
    const { seen, unseen } = splitUnseen(request);
    this.request = seen;
    this.unseen = unseen;
    this.pacer = new Pacer(signal);
    this.cells = chooseCells(seen);
    this.groups = new GroupBook(seen.attributes, seen.seed);
    this.findings = new Findings({
      key: request.key,
      cells: {
        heldOut: seen.heldOut.rows,
        training: seen.training.rows,
        synthetic: seen.synthetic.rows,
      },
      genes: seen.heldOut.cols,
      maker: { stoppedEarly: seen.stoppedEarly, foreign: seen.foreign ?? false },
      compared: this.cells.heldOut.counts.rows,
      attributes: seen.attributes.length,
      started: performance.now(),
    });
    this.findings.notes.push(...this.cells.notes);
    if (seen.training.rows === 0) {
      this.findings.notes.push('Without training cells there is no floor, and so no verdict.');
    }
  }

  /** Reports progress, with what is known by now. */
  tell(doing: string, share: number, withVerdict = true): void {
    const verdict = withVerdict ? this.findings.verdict(false) : null;
    this.onEvent({ doing, share, verdict });
  }

  /** The frame for the jobs, once every set has its place. Error: cancelled. */
  async frame(placed: PlacedCells): Promise<JudgeFrame> {
    const { seed, mostTransport, attributes } = this.request;
    const parts = {
      seed,
      mostTransport,
      attributes: attributes.map(({ name, categories }) => ({ name, categories })),
      cells: this.cells,
      placed,
      reference: await this.refer(placed),
    };
    return new JudgeFrame(parts, this.pacer);
  }

  private async refer({ heldOut: { scores } }: PlacedCells): Promise<Reference> {
    const within = await measureDistances(scores, scores, this.pacer);
    const n = Math.min(within.rows, WIDTH_CELLS);
    const some = Array.from({ length: n }, (_, i) => i);
    const width = medianWidth(n < within.rows ? pickTable(within, some, some) : within);
    return { within, width, facts: cellFacts(this.cells.heldOut.counts) };
  }
}

function checkRequest({ heldOut, training, synthetic, attributes }: JudgeRequest): void {
  const right =
    heldOut.cols === synthetic.cols &&
    heldOut.cols === training.cols &&
    attributes.every(
      (a) =>
        a.heldOut.length === heldOut.rows &&
        a.training.length === training.rows &&
        a.synthetic.length === synthetic.rows,
    );
  if (right && Math.min(heldOut.rows, synthetic.rows) >= 10 && heldOut.cols >= 2) return;
  throw new StudioError(
    'bad-request',
    'These cells cannot be compared.',
    'At least 10 cells on each side and 2 genes in common are needed.',
    { heldOut: heldOut.rows, synthetic: synthetic.rows, genes: heldOut.cols },
  );
}
