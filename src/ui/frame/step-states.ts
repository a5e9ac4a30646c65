/** @file What each step of the top bar says about itself, from the state of the page. */
import { formatDuration, formatNumber, formatPercent } from '../../state/format.ts';
import type { Step, StudioState } from '../../state/types.ts';
import { countdown } from '../controls/countdown.ts';
import type { GlyphKind } from '../controls/Icon.tsx';

/** A step as the top bar draws it. */
export interface StepState {
  readonly step: Step;
  readonly name: string;
  /** Two or three words; also the title. */
  readonly line: string;
  /** The same in one or two, for a narrow bar. */
  readonly short: string;
  readonly glyph: GlyphKind;
  /** Not reachable yet; `line` says what is missing. */
  readonly off: boolean;
}

type Slices = Pick<StudioState, 'data' | 'model' | 'synthetic' | 'verdict' | 'alerts'>;
type Said = Omit<StepState, 'step' | 'name'>;

const ready = (line: string, glyph: GlyphKind = 'ok', short = line): Said => ({ line, short, glyph, off: false }); // prettier-ignore
/** Steps that need a model; one that is on its way is only waited for. */
const unmade = ({ model }: Slices, line = 'After training'): Said =>
  missing(model.status === 'loading' ? 'After loading' : line);
const missing = (line: string): Said => ({ line, short: 'Not yet', glyph: 'ahead', off: true });
const cellsOf = (cells: number): string => `${formatNumber(cells)} cells`;

/** The steps in order. `questions` is how many notes in Data wait for an answer. */
export function stepStates(state: Slices, current: Step, questions: number): StepState[] {
  const said: [Step, string, Said][] = [
    ['data', 'Data', dataState(state, questions)],
    ['model', 'Model', modelState(state)],
    ['generate', 'Generate', generateState(state)],
    ['check', 'Check', checkState(state)],
    ['export', 'Export', exportState(state)],
    ['apply', 'Apply', applyState(state)],
  ];
  if (state.model.info?.screen) said.push(['perturb', 'Perturb', perturbState(state)]);
  return said.map(([step, name, { glyph, ...rest }]) => ({
    step,
    name,
    ...rest,
    glyph: step === current && (glyph === 'ok' || glyph === 'ahead') ? 'now' : glyph,
  }));
}

function dataState({ data }: Slices, questions: number): Said {
  const { summary, status } = data;
  if (status === 'opening' || status === 'loading') {
    const share = formatPercent(data.share, 0);
    return ready(`Opening, ${share}`, 'busy', share);
  }
  if (!summary) return ready('No file open', 'ahead', 'No file');
  const name =
    data.origin === 'demo' ? `Demo: ${formatNumber(summary.nObs)} blood cells` : summary.fileName;
  if (status === 'preview') return ready(`${name}: choose how much`, 'warn', 'Choose');
  const asks = questions > 0 || summary.chosen === null;
  return ready(name, asks ? 'warn' : 'ok', cellsOf(summary.nObs));
}

const TRAINING_FAILED = ['diverged', 'device-lost', 'worker-crashed'];

function modelState({ data, model, alerts }: Slices): Said {
  switch (model.status) {
    case 'training': {
      if (model.secondsLeft === null) return ready('Training', 'busy');
      const left = countdown(model.secondsLeft);
      return ready(`Training, ${left} left`, 'busy', left);
    }
    case 'pausing':
      return ready('Pausing', 'busy');
    case 'paused':
      return ready(`Paused at ${formatPercent(model.overall, 0)}`, 'warn', 'Paused');
    case 'stopping':
      return ready('Stopping', 'busy');
    case 'loading':
      return model.origin === 'restored'
        ? ready('Being brought back', 'busy', 'Loading')
        : ready('Being loaded', 'busy', 'Loading');
    case 'ready':
      return ready(readyLine(model), 'ok', readyWord(model));
    case 'none':
      if (alerts.some(({ error }) => TRAINING_FAILED.includes(error.code))) {
        return ready('Stopped: see why', 'err', 'Stopped');
      }
      return data.status === 'ready'
        ? ready('Not trained', 'ahead', 'Not yet')
        : missing('After opening a file');
  }
}

function readyLine({ info, origin }: StudioState['model']): string {
  if (origin === 'ready-made') return 'Ready-made model';
  if (origin === 'restored') return 'Model restored';
  if (info === null) return 'Trained';
  const time = formatDuration(info.seconds);
  return info.stoppedEarly ? `Stopped after ${time}` : `Trained in ${time}`;
}

function readyWord({ info, origin }: StudioState['model']): string {
  if (origin === 'ready-made') return 'Ready';
  if (origin === 'restored') return 'Restored';
  return info?.stoppedEarly ? 'Stopped' : 'Trained';
}

function generateState(state: Slices): Said {
  const { model, synthetic } = state;
  if (model.status !== 'ready') return unmade(state);
  if (synthetic.status === 'none') return ready('No cells yet', 'ahead', 'No cells');
  if (synthetic.status === 'generating' && synthetic.sampleId === null) {
    return ready('Generating', 'busy');
  }
  const kind = synthetic.extrapolated ? 'extrapolated' : 'synthetic';
  return ready(`${formatNumber(synthetic.cells)} ${kind} cells`, 'ok', cellsOf(synthetic.cells));
}

/** Five checks inside and no copies are no reason to look; fewer are. */
const fineFrom = 5;

function checkState(state: Slices): Said {
  const { model, synthetic, verdict } = state;
  if (model.status !== 'ready') return unmade(state);
  if (synthetic.extrapolated) return ready('Cannot be checked', 'warn', 'Unchecked');
  const { status, result, share } = verdict;
  if (result?.decided) {
    const { passed, checks } = result;
    const copies = checks.some(({ id, inside }) => id === 'copies' && !inside);
    const found = `${passed} of ${checks.length}`;
    const fine = passed >= fineFrom && !copies;
    return ready(`Model: ${found} checks`, fine ? 'ok' : 'warn', found);
  }
  switch (status) {
    case 'running':
      return ready(`Checking, ${formatPercent(share, 0)}`, 'busy', formatPercent(share, 0));
    case 'ready':
      return result?.peaks && result.checks.length === 0
        ? ready('Compared by peaks', 'ok', 'By peaks')
        : ready('Too few held-out cells', 'warn', 'Too few');
    case 'failed':
      return ready('The check failed', 'err', 'Failed');
    case 'waiting':
      return ready('Checking soon', 'ahead', 'Soon');
    case 'stopped':
    case 'none':
      return ready('Not checked', 'ahead', 'Not yet');
  }
}

function applyState(state: Slices): Said {
  if (state.model.status !== 'ready') return unmade(state);
  return ready('On real cells', 'ahead', 'Real cells');
}

function perturbState(state: Slices): Said {
  const { model } = state;
  if (model.status !== 'ready') return unmade(state);
  const { seenMembers = 0 } = model.info?.screen ?? {};
  return ready(
    seenMembers === 1 ? '1 perturbation' : `${formatNumber(seenMembers)} perturbations`,
    'ahead',
  );
}

function exportState(state: Slices): Said {
  const { model, synthetic } = state;
  if (model.status !== 'ready' || synthetic.sampleId === null) {
    return unmade(state, 'After generating');
  }
  return ready(`${cellsOf(synthetic.cells)} ready`, 'ahead', cellsOf(synthetic.cells));
}
