/** @file The judge worker's service: one judgement at a time, cancellable, with the newest verdicts kept. */
import { selectColumns, type CsrMatrix } from '../numerics/csr.ts';
import { StudioError } from '../protocol/errors.ts';
import type {
  CurveFrame,
  CurvePoint,
  CurvePointRequest,
  CurveRequest,
} from '../protocol/curves.ts';
import type { JudgeApi, JudgeEvent, JudgeRequest, Verdict } from '../protocol/judge.ts';
import type { StartHelper } from './crew.ts';
import { CurveMeter } from './guidance-curves.ts';
import { HelperPause } from './helper-pause.ts';
import { judgeKinds } from './judge-kinds.ts';

/** Verdicts kept; they are small. */
const KEPT = 20;

/** Implements JudgeApi. */
export class JudgeService implements JudgeApi {
  readonly #kept = new Map<string, Verdict>();
  #running: AbortController | null = null;
  #curves: CurveMeter | null = null;
  /** The columns that the curves compare; null: all. */
  #columns: Int32Array | null = null;
  #helpers: readonly StartHelper[];
  readonly #pause = new HelperPause();

  /** @param helpers threads that may work on a judgement beside this one */
  constructor(helpers: readonly StartHelper[] = []) {
    this.#helpers = helpers;
  }

  async judge(request: JudgeRequest, onEvent: (event: JudgeEvent) => void): Promise<Verdict> {
    this.#running?.abort();
    const known = this.#kept.get(request.key);
    if (known) return known;
    const own = new AbortController();
    this.#running = own;
    try {
      const verdict = await judgeKinds(request, onEvent, own.signal, this.#helpers, this.#pause);
      this.#kept.set(request.key, verdict);
      if (this.#kept.size > KEPT) this.#kept.delete([...this.#kept.keys()][0]);
      return verdict;
    } catch (thrown) {
      const error = StudioError.from(thrown);
      // A thread too many for this computer: the next judgement does without.
      if (error.code === 'worker-crashed') this.#helpers = [];
      throw error;
    } finally {
      if (this.#running === own) this.#running = null;
    }
  }

  async openCurves(request: CurveRequest): Promise<CurveFrame> {
    try {
      this.#curves = null;
      this.#columns = columnsOf(request);
      this.#curves = await CurveMeter.open({
        ...request,
        heldOut: this.#pick(request.heldOut),
        training: this.#pick(request.training),
      });
      return this.#curves.frame;
    } catch (thrown) {
      throw StudioError.from(thrown);
    }
  }

  async measurePoint(request: CurvePointRequest): Promise<CurvePoint> {
    if (this.#curves === null) {
      throw new StudioError(
        'bad-request',
        'There are no curves to add to.',
        'Start the curves of this model again.',
      );
    }
    return this.#curves.measure({ ...request, synthetic: this.#pick(request.synthetic) });
  }

  #pick(counts: CsrMatrix): CsrMatrix {
    return this.#columns === null ? counts : selectColumns(counts, this.#columns);
  }

  giveWay(ms: number): Promise<void> {
    this.#pause.extend(ms);
    return Promise.resolve();
  }

  cancel(): Promise<void> {
    this.#running?.abort();
    return Promise.resolve();
  }
}

function columnsOf({ columns }: CurveRequest): Int32Array | null {
  if (columns === undefined) return null;
  const { from, to } = columns;
  return Int32Array.from({ length: to - from }, (_, k) => from + k);
}
