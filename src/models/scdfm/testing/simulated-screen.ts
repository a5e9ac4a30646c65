/** @file Test helper: a simulated screen of two contexts in which every perturbation raises genes of its own. */
import { csrFromDense } from '../../../numerics/csr.ts';
import { createRandom } from '../../../numerics/random.ts';
import type { TrainingData } from '../../../protocol/dataset.ts';
import type { ScreenSettings } from '../../../protocol/perturb.ts';

/** Perturbations: A raises genes 0–3, B genes 4–7, C none; A+B raises both. */
export const LABELS: readonly string[] = ['ctrl', 'A', 'B', 'C', 'A+B'];

/** Genes that a perturbation raises, and the fold. */
export const RAISED = 4;
const FOLD = 6;

/** Genes that the second context has more of. */
const CONTEXT_GENES = [12, 13, 14, 15];

/** How the screen is read. */
export const screenSettings: ScreenSettings = {
  attribute: 'perturbation',
  control: 'ctrl',
  separator: '+',
  context: 'line',
  tier: 'fast',
  start: 'noisy-control',
  mmdWeight: 0.5,
  genes: null,
};

/** `cells` cells with 24 genes: named A, B, C, then g3, g4 …; the same number of every label and context. */
export function simulateScreen(cells: number, seed: number): TrainingData {
  const genes = 24;
  const random = createRandom(seed);
  const label = Int32Array.from({ length: cells }, (_, i) => i % LABELS.length);
  const line = Int32Array.from({ length: cells }, (_, i) => Math.floor(i / LABELS.length) % 2);
  const base = Float64Array.from({ length: genes }, () => Math.exp(0.4 * random.normal()));
  const dense = new Float32Array(cells * genes);
  for (let i = 0; i < cells; i++) {
    const members = LABELS[label[i]].split('+');
    const isRaised = (g: number): boolean =>
      (members.includes('A') && g < RAISED) ||
      (members.includes('B') && g >= RAISED && g < 2 * RAISED) ||
      (line[i] === 1 && CONTEXT_GENES.includes(g));
    const shares = base.map((b, g) => b * (isRaised(g) ? FOLD : 1));
    const total = shares.reduce((a, b) => a + b, 0);
    const library = Math.exp(Math.log(250) + 0.2 * random.normal());
    shares.forEach((share, g) => {
      dense[i * genes + g] = random.negativeBinomial((share / total) * library, 8);
    });
  }
  return {
    fileName: 'screen.h5ad',
    counts: csrFromDense(cells, genes, dense),
    geneNames: ['A', 'B', 'C', ...Array.from({ length: genes - 3 }, (_, g) => `g${g + 3}`)],
    geneIndex: Int32Array.from({ length: genes }, (_, g) => g),
    cellIndex: Int32Array.from({ length: cells }, (_, i) => i),
    attributes: [
      { name: 'perturbation', categories: LABELS, codes: label },
      { name: 'line', categories: ['x', 'y'], codes: line },
    ],
  };
}
