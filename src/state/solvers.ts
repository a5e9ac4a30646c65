/** @file How cells are carried through the flow: in few steps while a slider moves, in many when they stay, in fewer where a step is dear. */
import type { ModelInfo, SolverSettings } from '../protocol/model.ts';

/** Cells that follow a slider, or cells that stay (and are judged and exported). */
export type SolverUse = 'live' | 'final';

const usual: Readonly<Record<SolverUse, SolverSettings>> = {
  live: { method: 'ab3', steps: 8 },
  final: { method: 'rk4', steps: 20 },
};

/** A cell of gene tokens costs a hundredth of a second each time the network is asked; five steps instead of ten were felt (docs/decisions.md). */
const dear: Readonly<Record<SolverUse, SolverSettings>> = {
  live: { method: 'heun', steps: 2 },
  final: { method: 'heun', steps: 10 },
};

/** Whether cells of a model take seconds where those of others take milliseconds. */
export function isDear(info: Pick<ModelInfo, 'screen'> | null): boolean {
  return info?.screen?.tier === 'pad-lite';
}

/** The solver of a model's cells. */
export function solverFor(info: Pick<ModelInfo, 'screen'> | null, use: SolverUse): SolverSettings {
  return (isDear(info) ? dear : usual)[use];
}
