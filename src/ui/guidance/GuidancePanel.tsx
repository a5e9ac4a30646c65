/** @file The Guidance panel: one control per attribute, what the choice means, and Generate. */
import type { ModelInfo } from '../../protocol/model.ts';
import { generate, openExport, resetGuidance, setLive } from '../../state/actions/index.ts';
import { formatDecimal, formatMilliseconds, formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Glyph } from '../controls/Icon.tsx';
import { Empty, Note } from '../controls/Note.tsx';
import { GuidanceControl } from './GuidanceControl.tsx';
import { SampleSettings } from './SampleSettings.tsx';
import { Together } from './Together.tsx';
import { NoModelYet } from '../frame/NoModelYet.tsx';

/** Above this weight cells become visibly more alike than real ones. */
const STRONG = 2.5;
/** Above this many cells the live preview is off. */
const LIVE_LIMIT = 20_000;

/** The button in the panel's heading. */
export function GuidanceHeading() {
  const steerable = useStudio(({ model }) => (model.info?.attributes.length ?? 0) > 0);
  const ready = useStudio((state) => state.model.status === 'ready');
  if (!ready || !steerable) return null;
  return (
    <button type="button" className="btn quiet small-btn" onClick={resetGuidance}>
      Reset all
    </button>
  );
}

/** Body and foot of the panel "Guidance". */
export function GuidancePanel() {
  const status = useStudio((state) => state.model.status);
  const info = useStudio((state) => state.model.info);
  const without = status === 'none' || status === 'loading';
  if (!without && status !== 'ready') {
    return (
      <div className="scroll">
        <Empty missing="A model is being trained" advice="The sliders follow when it is ready." />
      </div>
    );
  }
  if (without || info === null) {
    return (
      <div className="scroll">
        <NoModelYet />
      </div>
    );
  }
  return (
    <>
      <div className="scroll">
        {info.attributes.map((attribute) => (
          <GuidanceControl key={attribute.name} info={info} attribute={attribute} />
        ))}
        {info.attributes.length === 0 && <NothingToSteer />}
        <StrongWeight info={info} />
        <Together info={info} />
        <SampleSettings />
      </div>
      <GuidanceFoot />
    </>
  );
}

function NothingToSteer() {
  return (
    <section className="block">
      <p className="strong">Nothing to steer</p>
      <p className="mute">
        This model was trained without attributes. You can still generate cells as in the data.
      </p>
    </section>
  );
}

function StrongWeight({ info }: { info: ModelInfo }) {
  const strongest = useStudio(({ guidance }) =>
    Math.max(0, ...info.attributes.map(({ name }) => guidance.terms[name]?.weight ?? 1)),
  );
  if (strongest <= STRONG) return null;
  return (
    <section className="block">
      <Note
        tone="warn"
        lead={`Weight ${formatDecimal(strongest, 1)}: cells become more alike than real ones.`}
      />
    </section>
  );
}

function GuidanceFoot() {
  const { live, cells } = useStudio((state) => state.guidance);
  const synthetic = useStudio((state) => state.synthetic);
  const busy = useStudio(
    ({ synthetic: now, guidance }) =>
      now.status === 'generating' && (!guidance.live || guidance.cells > LIVE_LIMIT),
  );
  const tooMany = cells > LIVE_LIMIT;
  return (
    <footer>
      <div className="foot-line">
        <label className="row" title={tooMany ? 'Off above 20,000 cells' : undefined}>
          <input
            type="checkbox"
            className="check"
            checked={live && !tooMany}
            disabled={tooMany}
            onChange={(event) => setLive(event.currentTarget.checked)}
          />
          Live
        </label>
        <span className="grow" />
        {synthetic.sampleId !== null && (
          <span className="mute">
            {formatNumber(synthetic.cells)} cells in{' '}
            <b className="figure">{formatMilliseconds(synthetic.milliseconds)}</b>
          </span>
        )}
      </div>
      <div className="row">
        <button
          type="button"
          className="btn primary tall wide"
          aria-busy={busy}
          onClick={() => void generate()}
        >
          {busy && <Glyph kind="busy" />}
          Generate
        </button>
        <button
          type="button"
          className="btn tall"
          disabled={synthetic.sampleId === null}
          onClick={() => openExport(true)}
        >
          Export cells
        </button>
      </div>
    </footer>
  );
}
