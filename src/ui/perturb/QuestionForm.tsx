/** @file What is asked: a set of perturbations, the kind of cells, how strongly, how many. */
import { useMemo } from 'react';
import type { ModelAttribute, ModelInfo } from '../../protocol/model.ts';
import type { PerturbRequest, ScreenInfo } from '../../protocol/perturb.ts';
import {
  setContext,
  setContextWeight,
  setQuestion,
  toggleMember,
} from '../../state/actions/perturb.ts';
import { formatNumber } from '../../state/format.ts';
import { AS_CONTROL, knownOf, otherAttributes, trainingCellsOf } from '../../state/question.ts';
import { Choice } from '../controls/Choice.tsx';
import { Icon } from '../controls/Icon.tsx';
import { Note } from '../controls/Note.tsx';
import { passFocus } from '../controls/pass-focus.ts';
import { Ruler } from '../controls/Ruler.tsx';
import { Stepper } from '../controls/Stepper.tsx';
import { weightWord } from '../guidance/weight-words.ts';

const MOST_CELLS = 5000;

interface Asked {
  readonly info: ModelInfo;
  readonly screen: ScreenInfo;
  readonly request: PerturbRequest;
}

/** The question's sections in the panel. */
export function QuestionForm({ info, screen, request }: Asked) {
  const others = otherAttributes(info, screen);
  const { attribute } = screen;
  return (
    <>
      <section className="block">
        <h3>
          Perturbed
          <span className="aside">{attribute}</span>
        </h3>
        <Members info={info} screen={screen} request={request} />
        {request.members.length > 1 && (
          <label className="row perturb-check">
            <input
              type="checkbox"
              className="check"
              checked={request.composed}
              onChange={(event) => setQuestion({ composed: event.currentTarget.checked })}
            />
            Add up the members one by one
          </label>
        )}
        <Known info={info} screen={screen} request={request} />
      </section>
      <section className="block use">
        <h3>In which cells</h3>
        <div className="pairs settings">
          {others.map((other) => (
            <Context key={other.name} attribute={other} value={request.context[other.name]} />
          ))}
          <span className="lab">Cells</span>
          <Stepper
            label="Cells to predict"
            value={request.cells}
            min={10}
            max={MOST_CELLS}
            step={50}
            onChange={(cells) => setQuestion({ cells })}
          />
          <span className="lab">Seed</span>
          <Stepper
            label="Seed of the prediction"
            value={request.seed}
            min={0}
            max={2 ** 32 - 1}
            onChange={(seed) => setQuestion({ seed })}
          />
        </div>
      </section>
      <section className="block ctl">
        <div className="ctl-head">
          <h3 className="ctl-name">How strongly</h3>
          <span className="aside">{weightWord(request.weight)}</span>
        </div>
        <Ruler
          attribute={attribute}
          weight={request.weight}
          onChange={(weight) => setQuestion({ weight })}
        />
        {Object.keys(request.context).map((name) => (
          <Followed key={name} name={name} weight={request.weights?.[name] ?? 1} />
        ))}
      </section>
    </>
  );
}

/** How strongly a fixed value is followed. */
function Followed({ name, weight }: { name: string; weight: number }) {
  return (
    <>
      <div className="ctl-head perturb-check">
        <span className="use-name" title={name}>
          {name}
        </span>
        <span className="aside">{weightWord(weight)}</span>
      </div>
      <Ruler attribute={name} weight={weight} onChange={(next) => setContextWeight(name, next)} />
    </>
  );
}

/** The chosen members, each to be left out again, and one to be added. */
function Members({ info, screen, request }: Asked) {
  const { members } = request;
  const entries = useMemo(
    () =>
      screen.members.map((member, i) => {
        const cells = i < screen.seenMembers ? trainingCellsOf(info, screen, [member]) : 0;
        return {
          value: member,
          label: member,
          note:
            i >= screen.seenMembers ? 'never seen' : cells > 0 ? formatNumber(cells) : 'in sets',
          warn: i >= screen.seenMembers,
        };
      }),
    [info, screen],
  );
  return (
    <>
      <ul className="chips" aria-label="Perturbations asked for">
        {members.length === 0 && <li className="chip none">none: {screen.control}</li>}
        {members.map((member) => (
          <li className="chip" key={member}>
            <span className="use-name" title={member}>
              {member}
            </span>
            <button
              type="button"
              aria-label={`Leave out ${member}`}
              onClick={(event) => {
                passFocus(event.currentTarget, '.choice input');
                toggleMember(member);
              }}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      <Choice
        label="Add a perturbation"
        search
        entries={[
          { value: '', label: members.length === 0 ? 'Choose one …' : 'Add another …' },
          ...entries.filter(({ value }) => !members.includes(value)),
        ]}
        value=""
        onChange={(member) => member !== '' && toggleMember(member)}
      />
    </>
  );
}

/** Whether the model has seen such cells. */
function Known({ info, screen, request }: Asked) {
  const { anywhere, here } = knownOf(info, screen, request);
  if (request.members.length === 0) return <p className="small after">Control cells as the model makes them.</p>; // prettier-ignore
  if (anywhere === 0) {
    const never = request.members.filter(
      (member) => screen.members.indexOf(member) >= screen.seenMembers,
    );
    return (
      <div className="notes">
        <Note tone="warn" lead="Extrapolation.">
          {never.length > 0
            ? `No training cell has ${never.join(' or ')}: the model knows it by its neighbours in the gene graph. Where this was tested (Papalexi), a simple rule came nearer to the real cells.`
            : 'No training cell has this set.'}
        </Note>
      </div>
    );
  }
  if (here === 0) {
    return (
      <div className="notes">
        <Note tone="warn" lead="Extrapolation.">
          {formatNumber(anywhere)} training cells have it, but none in these cells.
        </Note>
      </div>
    );
  }
  return <p className="small after">{formatNumber(here ?? anywhere)} training cells have it.</p>;
}

function Context({ attribute, value }: { attribute: ModelAttribute; value: string | undefined }) {
  const { name, categories, cells } = attribute;
  return (
    <>
      <span className="lab use-name" title={name}>
        {name}
      </span>
      <Choice
        label={`Cells of ${name}`}
        search
        entries={[
          { value: AS_CONTROL, label: 'as in control cells' },
          ...categories.map((category, i) => ({
            value: category,
            label: category,
            note: formatNumber(cells[i] ?? 0),
            closedNote: '',
          })),
        ]}
        value={value ?? AS_CONTROL}
        onChange={(next) => setContext(name, next)}
      />
    </>
  );
}
