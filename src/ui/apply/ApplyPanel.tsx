/** @file The Apply panel: four uses of a trained model on real cells, one open at a time, and its button. */
import './apply.css';
import type { ReactNode } from 'react';
import type { ApplyUse } from '../../protocol/apply.ts';
import type { ModelInfo } from '../../protocol/model.ts';
import { cancelUse, chooseUse, runUse, saveUse } from '../../state/actions/apply.ts';
import { refusalOf } from '../../state/apply-choice.ts';
import { useApply } from '../../state/apply.ts';
import { useStudio } from '../../state/store.ts';
import { Glyph, Icon } from '../controls/Icon.tsx';
import { Note } from '../controls/Note.tsx';
import { WorkFoot } from '../controls/WorkFoot.tsx';
import { AugmentForm } from './AugmentForm.tsx';
import { CorrectForm } from './CorrectForm.tsx';
import { CounterfactualForm } from './CounterfactualForm.tsx';
import { ImputeForm } from './ImputeForm.tsx';
import { useWords } from './use-words.ts';
import { NoModelYet } from '../frame/NoModelYet.tsx';

const forms: Readonly<Record<ApplyUse, (props: { info: ModelInfo }) => ReactNode>> = {
  correct: CorrectForm,
  counterfactual: CounterfactualForm,
  augment: AugmentForm,
  impute: ImputeForm,
};

const uses: readonly ApplyUse[] = ['correct', 'counterfactual', 'augment', 'impute'];

/** Body and foot of the panel "Apply". */
export function ApplyPanel() {
  const info = useStudio(({ model }) => (model.status === 'ready' ? model.info : null));
  if (info === null) {
    return (
      <div className="scroll">
        <NoModelYet />
      </div>
    );
  }
  return (
    <>
      <div className="scroll apply-uses">
        {uses.map((use) => (
          <UseBlock key={use} use={use} info={info} />
        ))}
      </div>
      <ApplyFoot info={info} />
    </>
  );
}

function UseBlock({ use, info }: { use: ApplyUse; info: ModelInfo }) {
  const open = useApply((state) => state.use === use);
  const done = useApply((state) => state.results[use] !== null);
  const failure = useApply((state) => state.failures[use] ?? null);
  const Form = forms[use];
  const { name, line } = useWords[use];
  const refusal = refusalOf(use, info);
  return (
    <section className="block use">
      <h3>
        <button
          type="button"
          className="use-head"
          aria-expanded={open}
          onClick={() => chooseUse(use)}
        >
          <span className="strong">{name}</span>
          <span className="aside">{done && <Glyph kind="ok" />}</span>
          <Icon name="chevron" className="chev" />
        </button>
      </h3>
      {open && (
        <>
          <p className="mute use-line">{line}</p>
          {refusal ? (
            <Note tone="warn" lead={refusal.lead}>
              {refusal.advice}
            </Note>
          ) : (
            <Form info={info} />
          )}
          {failure && (
            <div className="notes" role="group" aria-label={`${name}: why not`}>
              <Note tone="error" lead={failure.title}>
                {failure.message}
              </Note>
            </div>
          )}
        </>
      )}
    </section>
  );
}

function ApplyFoot({ info }: { info: ModelInfo }) {
  const use = useApply((state) => state.use);
  const running = useApply((state) => state.running);
  const done = useApply((state) => state.results[use] !== null);
  const saving = useApply((state) => state.saving);
  const { name, button } = useWords[running?.use ?? use];
  return (
    <WorkFoot
      running={running}
      name={name}
      cancel={cancelUse}
      start={{
        label: button,
        possible: refusalOf(use, info) === null,
        run: () => void runUse(use),
      }}
      savable={done}
      saving={saving}
      save={() => void saveUse(use)}
    />
  );
}
