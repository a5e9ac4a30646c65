/** @file The steps across the top bar (a tab bar on narrow screens): links, because they change what is shown. */
import { useRef, type MouseEvent } from 'react';
import { goTo, togglePanel } from '../../state/actions/index.ts';
import { useStudio } from '../../state/store.ts';
import { Glyph, Icon } from '../controls/Icon.tsx';
import { useOpenQuestions } from '../data/use-data-notes.ts';
import { useSize } from '../plots/use-size.ts';
import { stepForm } from './step-fit.ts';
import { stepStates } from './step-states.ts';
import type { StepState } from './step-states.ts';

/** Navigation "Steps" with each step's state in words. `icons` draws the tab bar of a narrow screen. */
export function StepNav({ icons = false }: { icons?: boolean }) {
  const current = useStudio(({ view }) => (view.exportOpen ? 'export' : view.step));
  const data = useStudio((state) => state.data);
  const model = useStudio((state) => state.model);
  const synthetic = useStudio((state) => state.synthetic);
  const verdict = useStudio((state) => state.verdict);
  const alerts = useStudio((state) => state.alerts);
  const questions = useOpenQuestions();
  const steps = stepStates({ data, model, synthetic, verdict, alerts }, current, questions);
  const bar = useRef<HTMLElement>(null);
  const { width } = useSize(bar);
  const form = icons ? 'whole' : stepForm(steps, width);
  return (
    <nav ref={bar} className={`steps ${form}`} aria-label="Steps">
      <ol>
        {steps.map((state) => (
          <li className="step" key={state.step}>
            <StepLink
              state={state}
              current={state.step === current}
              icon={icons}
              short={form === 'short'}
            />
          </li>
        ))}
      </ol>
    </nav>
  );
}

function StepLink(props: { state: StepState; current: boolean; icon: boolean; short: boolean }) {
  const { state, current, icon, short } = props;
  const { step, name, line, glyph, off } = state;
  const follow = (event: MouseEvent): void => {
    event.preventDefault();
    if (off) return;
    goTo(step);
    togglePanel(step !== 'check');
  };
  return (
    <a
      href={`#${step}`}
      aria-current={current ? 'step' : undefined}
      aria-disabled={off || undefined}
      title={line}
      aria-label={`${name} ${line}`}
      onClick={follow}
    >
      {icon ? <Icon name={step} /> : <Glyph kind={glyph} />}
      <span className="name">{name}</span>
      <span className="state">{short ? state.short : line}</span>
    </a>
  );
}
