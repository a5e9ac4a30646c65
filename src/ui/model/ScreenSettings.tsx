/** @file The perturbation screen in the Model panel: which column, what is control, how it is modelled. */
import '../perturb/perturb.css';
import type { ScreenStart, ScreenTier } from '../../protocol/perturb.ts';
import { chooseKind, setScreen } from '../../state/actions/screen.ts';
import { formatNumber } from '../../state/format.ts';
import {
  labelsBySize,
  NONE,
  proposedScreen,
  screenColumns,
  screenOf,
  type FilledScreen,
} from '../../state/screen-choice.ts';
import { useStudio } from '../../state/store.ts';
import type { StudioState } from '../../state/types.ts';
import { Choice } from '../controls/Choice.tsx';
import { Note } from '../controls/Note.tsx';
import { OptionalNumber } from '../controls/OptionalNumber.tsx';
import { Stepper } from '../controls/Stepper.tsx';
import { ScreenGraph } from './ScreenGraph.tsx';
import { ScreenHoldOut } from './ScreenHoldOut.tsx';
import { ScreenUnclear } from './ScreenUnclear.tsx';

/** Says that the open file looks like a screen while another kind of model is chosen. */
export function ScreenNote() {
  const data = useStudio((state) => state.data);
  const kind = useStudio((state) => state.model.settings.model);
  const screen = data.status === 'ready' ? proposedScreen({ data }) : null;
  if (screen === null || kind === 'scdfm') return null;
  return (
    <section className="block">
      <Note
        tone="info"
        lead="This looks like a perturbation screen."
        actions={[{ label: 'Use scDFM', run: () => chooseKind('scdfm') }]}
      >
        In {screen.attribute}, {screen.control} marks control cells. scDFM predicts perturbed cells,
        one perturbation or several, beside simple baselines.{' '}
      </Note>
    </section>
  );
}

/** The settings of the screen; nothing for other kinds of model. */
export function ScreenSettings() {
  const data = useStudio((state) => state.data);
  const settings = useStudio((state) => state.model.settings);
  if (settings.model !== 'scdfm' || data.status !== 'ready') return null;
  const screen = screenOf({ data, model: { settings } });
  if (screen === null) {
    return (
      <section className="block">
        <Note tone="warn" lead="No column of perturbations.">
          scDFM needs a column with control cells and perturbed ones, with 2 to 200 values.
        </Note>
      </section>
    );
  }
  return (
    <>
      <Columns data={data} screen={screen} />
      <ScreenHoldOut screen={screen} />
      <How settings={settings} />
    </>
  );
}

function Columns({ data, screen }: { data: StudioState['data']; screen: FilledScreen }) {
  const { column, control, separator, context } = screen;
  const columns = screenColumns({ data });
  const choices = useStudio((state) => state.choices);
  const { singles, sets } = labelsBySize(screen, choices);
  const controls = column.cells[column.categories.indexOf(control)] ?? 0;
  return (
    <section className="block">
      <h3>Perturbation screen</h3>
      <div className="pairs settings">
        <span className="lab">Perturbations in</span>
        <Choice
          label="Column of perturbations"
          entries={columns.map(({ name }) => ({ value: name, label: name }))}
          value={column.name}
          onChange={(attribute) => setScreen({ attribute })}
        />
        <span className="lab">Control is</span>
        <Choice
          label="Control value"
          search
          entries={column.categories.map((category, i) => ({
            value: category,
            label: category,
            note: formatNumber(column.cells[i] ?? 0),
            closedNote: '',
          }))}
          value={control}
          onChange={(next) => setScreen({ control: next })}
        />
        <span className="lab">Sets joined by</span>
        <Choice
          label="Sign between members"
          entries={[
            { value: NONE, label: 'no sets' },
            ...['+', '_', '|', '&', ';', ','].map((sign) => ({ value: sign, label: sign })),
          ]}
          value={separator ?? NONE}
          onChange={(next) => setScreen({ separator: next })}
        />
        <span className="lab">Kinds of cells in</span>
        <Choice
          label="Column of contexts"
          entries={[
            { value: NONE, label: 'no column' },
            ...columns.flatMap(({ name }) => (name === column.name ? [] : [{ value: name, label: name }])), // prettier-ignore
          ]}
          value={context ?? NONE}
          onChange={(next) => setScreen({ context: next })}
        />
      </div>
      <p className="small">
        {formatNumber(controls)} control cells, {formatNumber(singles.length)}{' '}
        {singles.length === 1 ? 'perturbation' : 'perturbations'}
        {sets.length > 0 ? `, ${formatNumber(sets.length)} combinations` : ''}.
      </p>
      <ScreenUnclear screen={screen} />
    </section>
  );
}

const tiers: readonly { value: ScreenTier; label: string }[] = [
  { value: 'fast', label: 'Fast' },
  { value: 'pad-lite', label: 'PAD-lite' },
];

const starts: readonly { value: ScreenStart; label: string }[] = [
  { value: 'noisy-control', label: 'Noisy control' },
  { value: 'control', label: 'Control' },
  { value: 'gaussian', label: 'Noise' },
];

const tierWords: Readonly<Record<ScreenTier, string>> = {
  fast: 'Moves cells along principal components.',
  'pad-lite':
    'Sees every gene, and a graph of genes that go together; knows genes it never saw perturbed by their neighbours. Slow, and seldom nearer than Fast.',
};

/** Tier, start, the weight of the whole population's likeness, genes, graph. */
function How({ settings }: { settings: StudioState['model']['settings'] }) {
  const { tier, start, mmdWeight, genes } = settings.screen;
  return (
    <section className="block">
      <h3>How it is modelled</h3>
      <div className="pairs settings">
        <span className="lab">Network</span>
        <Choice
          label="Network"
          entries={tiers}
          value={tier}
          onChange={(next) => setScreen({ tier: next as ScreenTier })}
        />
        <span className="lab">Cells begin as</span>
        {settings.recipe === 'faithful' ? (
          <span>Noise, as in the original recipe</span>
        ) : (
          <Choice
            label="Cells begin as"
            entries={starts}
            value={start}
            onChange={(next) => setScreen({ start: next as ScreenStart })}
          />
        )}
        <span className="lab">MMD weight, %</span>
        <Stepper
          label="Weight of the maximum mean discrepancy, per cent"
          value={Math.round(100 * mmdWeight)}
          min={0}
          max={500}
          step={10}
          onChange={(next) => setScreen({ mmdWeight: next / 100 })}
        />
        <OptionalNumber
          words="Modelled genes"
          open="by the network"
          value={genes}
          start={256}
          min={32}
          max={512}
          step={32}
          onChange={(next) => setScreen({ genes: next })}
        />
      </div>
      <p className="small">{tierWords[tier]}</p>
      <p className="small screen-line">
        MMD (maximum mean discrepancy): how much whole groups of predicted cells are to be like
        groups of real ones, beside each cell’s way.
      </p>
      <ScreenGraph />
    </section>
  );
}
