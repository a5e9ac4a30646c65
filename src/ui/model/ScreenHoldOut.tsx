/** @file What a screen's model must not see, to be tested on: perturbations, sets of them, all of a kind of cells. */
import { useMemo, useState } from 'react';
import { bringIn, holdOut, holdOutContext, holdOutFifth } from '../../state/actions/screen.ts';
import { labelsWithin, shownHoldOuts, type HiddenValues } from '../../state/hold-outs.ts';
import { labelsBySize, type FilledScreen } from '../../state/screen-choice.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';
import { passFocus } from '../controls/pass-focus.ts';

const ANY = '';
/** Chosen for all perturbations of a kind of cells; no value of a column has a line break. */
const EVERY = '\n';

const noValues: readonly string[] = [];

/** Choices of what is held out, and the list of it. */
export function ScreenHoldOut({ screen }: { screen: FilledScreen }) {
  const [label, setLabel] = useState(ANY);
  const [where, setWhere] = useState(ANY);
  const hide = useStudio(({ model }) => model.settings.hide);
  const choices = useStudio((state) => state.choices);
  const { singles, sets } = labelsBySize(screen, choices);
  const { attribute, context } = screen;
  const contexts = useStudio(
    ({ data }) => data.summary?.obs.find(({ name }) => name === context)?.categories ?? noValues,
  );
  const own = hide.filter((values) => attribute in values);
  const why =
    label === ANY
      ? 'Choose a perturbation first.'
      : label === EVERY && where === ANY
        ? 'Choose the kind of cells under “Only in”.'
        : null;
  const add = (): void => {
    if (why !== null) return;
    const inContext = context !== null && where !== ANY ? { [context]: where } : {};
    if (label === EVERY) holdOutContext(where);
    else holdOut({ [attribute]: label, ...inContext });
    setLabel(ANY);
  };
  const kinds = sets.length > 0 ? 'combinations' : 'perturbations';
  return (
    <section className="block">
      <h3>
        Hold out<span className="aside">{own.length > 0 ? `${own.length} hidden` : 'nothing'}</span>
      </h3>
      <p className="small">
        The model learns from none of their cells; afterwards they tell how well it predicts.
      </p>
      <div className="pairs settings screen-line">
        <span className="lab">Perturbation</span>
        <Choice
          label="Perturbation to hold out"
          search
          entries={[
            { value: ANY, label: 'choose' },
            ...(context === null ? [] : [{ value: EVERY, label: 'every perturbation' }]),
            ...[...sets, ...singles].map((value) => ({ value, label: value })),
          ]}
          value={label}
          onChange={setLabel}
        />
        {context !== null && (
          <>
            <span className="lab">Only in</span>
            <Choice
              label="Only in these cells"
              search
              entries={[
                { value: ANY, label: 'all cells' },
                ...contexts.map((value) => ({ value, label: value })),
              ]}
              value={where}
              onChange={setWhere}
            />
          </>
        )}
      </div>
      <div className="row perturb-row">
        <button
          type="button"
          className="btn small-btn"
          aria-disabled={why !== null || undefined}
          title={why ?? undefined}
          onClick={add}
        >
          Hold it out
        </button>
        <button type="button" className="btn small-btn" onClick={holdOutFifth}>
          A fifth of the {kinds}
        </button>
      </div>
      {own.length > 0 && <HeldOut screen={screen} hide={hide} />}
    </section>
  );
}

/** What is held out, each to be learnt from again. */
function HeldOut({ screen, hide }: { screen: FilledScreen; hide: readonly HiddenValues[] }) {
  const data = useStudio((state) => state.data);
  const choices = useStudio((state) => state.choices);
  const within = useMemo(() => labelsWithin(screen, choices, data), [screen, choices, data]);
  return (
    <ul className="screen-list" aria-label="Held-out perturbations">
      {shownHoldOuts(hide, screen, within).map(({ words, all }) => (
        <li key={words}>
          <span className="use-name" title={words}>
            {words}
          </span>
          <button
            type="button"
            className="link"
            aria-label={`Learn from ${words} again`}
            onClick={(event) => {
              passFocus(event.currentTarget, '.choice input');
              bringIn(...all);
            }}
          >
            Learn from it
          </button>
        </li>
      ))}
    </ul>
  );
}
