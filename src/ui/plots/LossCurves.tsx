/** @file The Training drawer: autoencoder and flow losses, and how the cells formed. */
import { useRef, useState } from 'react';
import { useStudio } from '../../state/store.ts';
import { Segments } from '../controls/Segments.tsx';
import { Film } from './Film.tsx';
import { LossFigure } from './LossFigure.tsx';
import './plot-figure.css';
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
  const alone = useStudio(({ model }) => model.settings.model === 'scdfm' && model.curves.autoencoder.length === 0); // prettier-ignore
  const [second, setSecond] = useState<'flow' | 'film'>('flow');
  const layout = width >= 960 || width === 0 ? 'wide' : width >= 560 ? 'medium' : 'small';
  const shared = layout === 'medium';
  const choice = (
    <Segments label="Second view" options={seconds} value={second} onChange={setSecond} />
  );
  return (
    <div className={`cols losses ${layout} ${alone ? 'alone' : ''}`} ref={box}>
      {!alone && (
        <div className="col">
          <LossFigure stage="autoencoder" />
        </div>
      )}
      {(!shared || second === 'flow') && (
        <div className="col">
          {shared && <div className="bh">{choice}</div>}
          <LossFigure stage="flow" />
        </div>
      )}
      {(!shared || second === 'film') && (
        <div className="col">
          <div className="bh">{shared ? choice : 'How the cells formed'}</div>
          <Film />
        </div>
      )}
    </div>
  );
}
