/** @file What the file of a prediction says: the predicted cells, what was asked, from which control cells they began, the effects. */
import type { OutFile } from '../data/anndata-layout.ts';
import type { CsrMatrix } from '../numerics/csr.ts';
import type { UnsValue, WriteColumn } from '../protocol/dataset.ts';
import type { ModelInfo, SampleResult } from '../protocol/model.ts';
import type {
  PerturbEffect,
  PerturbReport,
  PerturbRequest,
  ScreenInfo,
} from '../protocol/perturb.ts';
import { layOutCells, modelProvenance, sameOrigin } from './cells-file.ts';

/** Everything about one prediction. */
export interface PredictedCells {
  readonly info: ModelInfo;
  readonly screen: ScreenInfo;
  readonly genes: readonly string[];
  readonly report: PerturbReport;
  readonly sample: SampleResult;
  readonly counts: CsrMatrix;
  /** Names of the control cells that the cells began from; null when the model does not tell. */
  readonly startNames: readonly string[] | null;
}

function attributesOf({ info, screen, report, sample }: PredictedCells): [string, WriteColumn][] {
  return info.attributes.map(({ name, categories }) =>
    name === screen.attribute
      ? [name, { kind: 'categorical', categories: [report.label], codes: new Int32Array(sample.cells) }] // prettier-ignore
      : [name, { kind: 'categorical', categories, codes: sample.codes[name] }],
  );
}

function startColumn({ startNames }: PredictedCells): [string, WriteColumn][] {
  if (startNames === null) return [];
  const categories = [...new Set(startNames)];
  const place = new Map(categories.map((name, i) => [name, i]));
  const codes = Int32Array.from(startNames, (name) => place.get(name) ?? -1);
  return [['control_cell', { kind: 'categorical', categories, codes }]];
}

function effectColumns(effects: readonly PerturbEffect[]) {
  const column = (key: 'real' | 'realAdjusted' | 'additive', name: string) =>
    effects.every((effect) => effect[key] !== null)
      ? { [name]: effects.map((effect) => effect[key] as number) }
      : {};
  return {
    gene: effects.map(({ gene }) => gene),
    predicted: effects.map(({ predicted }) => predicted),
    predicted_adjusted_p: effects.map(({ adjusted }) => adjusted),
    ...column('real', 'real'),
    ...column('realAdjusted', 'real_adjusted_p'),
    ...column('additive', 'additive'),
  };
}

/** What was asked, for uns['cellsmith']. @param label the set as the column says it */
export function questionFacts(
  { attribute, control }: ScreenInfo,
  { members, context, weight, weights = {}, composed }: PerturbRequest,
  label: string,
): Record<string, UnsValue> {
  const perturbation = { column: attribute, control, label, members: [...members] };
  const followed = Object.keys(weights).length > 0 ? { weights: { ...weights } } : {};
  return { perturbation, context: { ...context }, weight, ...followed, composed };
}

/** The predicted cells alone, with drawn counts. */
export function layOutPrediction(made: PredictedCells): OutFile {
  const { info, screen, genes, report, sample, counts } = made;
  const { request, label, extrapolated, effects, headline } = report;
  return layOutCells({
    counts,
    genes,
    obsNames: Array.from({ length: sample.cells }, (_, i) => `predicted-${i + 1}`),
    obs: Object.fromEntries([...attributesOf(made), ...startColumn(made)]),
    origin: sameOrigin('synthetic', sample.cells),
    latentDim: sample.latentDim,
    latents: { X_cellsmith: sample.latents },
    about: {
      synthetic: true,
      what: `cells as they are predicted with ${screen.attribute} ${label}; X holds drawn counts`,
      ...questionFacts(screen, request, label),
      seed: request.seed,
      extrapolated,
      headline,
      effects: effectColumns(effects),
      ...modelProvenance(info),
    },
  });
}
