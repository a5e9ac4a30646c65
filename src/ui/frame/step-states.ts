/** @file What each step of the top bar says about itself, from the state of the page. */
import { formatDuration, formatNumber, formatPercent } from '../../state/format.ts';
import type { Step, StudioState } from '../../state/types.ts';
import { countdown } from '../controls/countdown.ts';
import type { GlyphKind } from '../controls/Icon.tsx';

/** A step as the top bar draws it. */
export interface StepState {
  readonly step: Step;
  readonly name: string;
  /** Two or three words; also the title, because it may be cut. */
  readonly line: string;
  readonly glyph: GlyphKind;
  /** Not reachable yet; `line` says what is missing. */
  readonly off: boolean;
}

type Slices = Pick<StudioState, 'data' | 'model' | 'synthetic' | 'verdict' | 'alerts'>;
type Said = Omit<StepState, 'step' | 'name'>;

const ready = (line: string, glyph: GlyphKind = 'ok'): Said => ({ line, glyph, off: false });
const missing = (line: string): Said => ({ line, glyph: 'ahead', off: true });

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
  return said.map(([step, name, { line, glyph, off }]) => ({
    step,
    name,
    line,
    off,
    glyph: step === current && (glyph === 'ok' || glyph === 'ahead') ? 'now' : glyph,
  }));
}

function dataState({ data }: Slices, questions: number): Said {
  const { summary, status } = data;
  if (status === 'opening' || status === 'loading') {
    return ready(`Opening, ${formatPercent(data.share, 0)}`, 'busy');
  }
  if (!summary) return ready('No file open', 'ahead');
  const name =
    data.origin === 'demo' ? `Demo: ${formatNumber(summary.nObs)} blood cells` : summary.fileName;
  if (status === 'preview') return ready(`${name}: choose how much`, 'warn');
  return ready(name, questions > 0 || summary.chosen === null ? 'warn' : 'ok');
}

const TRAINING_FAILED = ['diverged', 'device-lost', 'worker-crashed'];

function modelState({ data, model, alerts }: Slices): Said {
  switch (model.status) {
    case 'training':
      return ready(
        model.secondsLeft === null ? 'Training' : `Training, ${countdown(model.secondsLeft)} left`,
        'busy',
      );
    case 'pausing':
      return ready('Pausing', 'busy');
    case 'paused':
      return ready(`Paused at ${formatPercent(model.overall, 0)}`, 'warn');
    case 'stopping':
      return ready('Stopping', 'busy');
    case 'ready':
      return ready(readyLine(model));
    case 'none':
      if (alerts.some(({ error }) => TRAINING_FAILED.includes(error.code))) {
        return ready('Stopped: see why', 'err');
      }
      return data.status === 'ready'
        ? ready('Not trained', 'ahead')
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

function generateState({ model, synthetic }: Slices): Said {
  if (model.status !== 'ready') return missing('After training');
  if (synthetic.status === 'none') return ready('No cells yet', 'ahead');
  if (synthetic.status === 'generating' && synthetic.sampleId === null) {
    return ready('Generating', 'busy');
  }
  const kind = synthetic.extrapolated ? 'extrapolated' : 'synthetic';
  return ready(`${formatNumber(synthetic.cells)} ${kind} cells`);
}

/** Five checks inside and no copies are no reason to look; fewer are. */
const fineFrom = 5;

function checkState({ model, synthetic, verdict }: Slices): Said {
  if (model.status !== 'ready') return missing('After training');
  if (synthetic.extrapolated) return ready('Cannot be checked', 'warn');
  const { status, result, share } = verdict;
  if (result?.decided) {
    const { passed, checks } = result;
    const copies = checks.some(({ id, inside }) => id === 'copies' && !inside);
    const line = `Model: ${passed} of ${checks.length} checks`;
    return ready(line, passed >= fineFrom && !copies ? 'ok' : 'warn');
  }
  switch (status) {
    case 'running':
      return ready(`Checking, ${formatPercent(share, 0)}`, 'busy');
    case 'ready':
      return ready('Too few held-out cells', 'warn');
    case 'failed':
      return ready('The check failed', 'err');
    case 'waiting':
      return ready('Checking soon', 'ahead');
    case 'stopped':
    case 'none':
      return ready('Not checked', 'ahead');
  }
}

function applyState({ model }: Slices): Said {
  if (model.status !== 'ready') return missing('After training');
  return ready('On real cells', 'ahead');
}

function exportState({ model, synthetic }: Slices): Said {
  if (model.status !== 'ready' || synthetic.sampleId === null) return missing('After generating');
  return ready(`${formatNumber(synthetic.cells)} cells ready`, 'ahead');
}
