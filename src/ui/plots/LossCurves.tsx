/** @file The Training drawer: autoencoder and flow losses, and how the cells formed. */
import { useRef, useState } from 'react';
import { useStudio } from '../../state/store.ts';
import { Segments } from '../controls/Segments.tsx';
import { Film } from './Film.tsx';
import { LossPlot } from './LossPlot.tsx';
import './plots.css';
import { useSize } from './use-size.ts';

const seconds = [
  { value: 'flow', label: 'Flow' },
  { value: 'film', label: 'Cells' },
] as const;

/** Two curves and the film side by side; where there is no room for three, the film shares its place with the flow curve. */
export function LossCurves() {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const [second, setSecond] = useState<'flow' | 'film'>('flow');
  const layout = width >= 960 || width === 0 ? 'wide' : width >= 560 ? 'medium' : 'small';
  const shared = layout === 'medium';
  return (
    <div className={`cols losses ${layout}`} ref={box}>
      <div className="col">
        <div className="bh">
          Autoencoder<span className="aside">nats per cell</span>
        </div>
        <AutoencoderCurve />
      </div>
      {(!shared || second === 'flow') && (
        <div className="col">
          <div className="bh">
            {shared ? (
              <Segments label="Second view" options={seconds} value={second} onChange={setSecond} />
            ) : (
              'Flow'
            )}
            <span className="aside">mean squared error</span>
          </div>
          <FlowCurve />
        </div>
      )}
      {(!shared || second === 'film') && (
        <div className="col">
          <div className="bh">
            {shared && (
              <Segments label="Second view" options={seconds} value={second} onChange={setSecond} />
            )}
            How the cells formed
          </div>
          <Film />
        </div>
      )}
    </div>
  );
}

function AutoencoderCurve() {
  const points = useStudio((state) => state.model.curves.autoencoder);
  return (
    <LossPlot name="Autoencoder" counts="epoch" unit="nats per cell" points={points} until={null} />
  );
}

function FlowCurve() {
  const points = useStudio((state) => state.model.curves.flow);
  const until = useStudio(({ model }) =>
    model.status !== 'ready' && model.stage === 'flow' ? model.of : null,
  );
  return (
    <LossPlot name="Flow" counts="step" unit="mean squared error" points={points} until={until} />
  );
}
