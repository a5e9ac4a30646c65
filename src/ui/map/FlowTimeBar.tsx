/** @file The flow time bar: from noise to cell by playing, stepping or sliding. */
import { useState, type CSSProperties } from 'react';
import type { ModelInfo } from '../../protocol/model.ts';
import { freezeFlow, playFlow, setFlowTime } from '../../state/actions/index.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';
import './map-tools.css';
import { useReducedMotion } from './reduced-motion.ts';

/** One step of the step buttons and of the keys, in flow time. */
export const flowStep = 0.05;

const speeds = [
  { value: '0.25', label: '¼×' },
  { value: '0.5', label: '½×' },
  { value: '1', label: '1×' },
  { value: '2', label: '2×' },
] as const;
const ticks = Array.from({ length: 21 }, (_, index) => index);

/** Where the flow of a model begins: noise, or a screen's control cells. */
export function flowBegin(info: ModelInfo | null): string {
  const start = info?.screen?.start ?? 'gaussian';
  return start === 'gaussian' ? 'noise' : 'control';
}

/** Flow time in words, for the slider: "0.46", "0, noise", "1, finished cell". */
export function flowText(t: number, begin = 'noise'): string {
  if (t <= 0) return `0, ${begin}`;
  return t >= 1 ? '1, finished cell' : t.toFixed(2);
}

/** The next flow time one step away, on the grid of steps. */
export function stepFrom(t: number, steps: number): number {
  const grid = steps > 0 ? Math.floor(t / flowStep + 1e-6) : Math.ceil(t / flowStep - 1e-6);
  return Math.min(1, Math.max(0, Math.round((grid + steps) * flowStep * 100) / 100));
}

function playTitle(playing: boolean, calm: boolean, begin: string): string {
  if (calm) return 'Your system asks for less motion: use the slider and the steps.';
  return playing ? 'Freeze (space)' : `Play from ${begin} to cell (space)`;
}

/** Play flow, steps, the slider "Flow time", its value and the speed; off without synthetic cells. */
export function FlowTimeBar() {
  const t = useStudio((state) => state.view.flowTime);
  const playing = useStudio((state) => state.view.flowPlaying);
  const usable = useStudio(
    ({ synthetic, model }) =>
      synthetic.umap !== null && synthetic.previewStep === null && model.status === 'ready',
  );
  const begin = useStudio(({ model }) => flowBegin(model.info));
  const calm = useReducedMotion();
  const [speed, setSpeed] = useState('1');
  const play = (): void => {
    if (playing) freezeFlow();
    else playFlow(Number(speed));
  };
  const changeSpeed = (next: string): void => {
    setSpeed(next);
    if (!playing) return;
    freezeFlow();
    playFlow(Number(next));
  };
  const go = (next: number): void => {
    freezeFlow();
    setFlowTime(next);
  };
  return (
    <div className="flow">
      <button
        type="button"
        className="play"
        aria-label={playing ? 'Freeze flow' : 'Play flow'}
        title={playTitle(playing, calm, begin)}
        disabled={!usable || calm}
        onClick={play}
      >
        <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
          {playing ? (
            <path d="M5.5 3.5v9M10.5 3.5v9" strokeWidth="2.4" />
          ) : (
            <path d="M5 3.2v9.6l7.6-4.8z" fill="currentColor" />
          )}
        </svg>
      </button>
      <span className="steps-pair">
        <button
          type="button"
          className="tool"
          aria-label="Step back"
          title="Step back (,)"
          disabled={!usable || t <= 0}
          onClick={() => go(stepFrom(t, -1))}
        >
          <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M12 3.5v9L6 8z" fill="currentColor" />
            <path d="M3.8 3.5v9" />
          </svg>
        </button>
        <button
          type="button"
          className="tool"
          aria-label="Step forward"
          title="Step forward (.)"
          disabled={!usable || t >= 1}
          onClick={() => go(stepFrom(t, 1))}
        >
          <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M4 3.5v9l6-4.5z" fill="currentColor" />
            <path d="M12.2 3.5v9" />
          </svg>
        </button>
      </span>
      <span className="end">{begin}</span>
      <div className="ruler">
        <input
          type="range"
          aria-label="Flow time"
          aria-valuetext={flowText(t, begin)}
          min={0}
          max={1}
          step={0.01}
          value={t}
          disabled={!usable}
          style={{ '--p': `${100 * t}%` } as CSSProperties}
          onChange={(event) => go(Number(event.currentTarget.value))}
        />
        <div className="ticks" aria-hidden="true">
          {ticks.map((tick) => (
            <i
              key={tick}
              className={tick % 5 === 0 ? 'major' : undefined}
              style={{ left: `${tick * 5}%` }}
            />
          ))}
          {[0, 0.25, 0.5, 0.75, 1].map((mark) => (
            <span key={mark} style={{ left: `${mark * 100}%` }}>
              {mark}
            </span>
          ))}
        </div>
      </div>
      <span className="end">cell</span>
      <span className="t">t = {t.toFixed(2)}</span>
      <div className="speed">
        <Choice
          label="Speed"
          entries={speeds}
          value={speed}
          onChange={changeSpeed}
          disabled={!usable}
        />
      </div>
    </div>
  );
}
