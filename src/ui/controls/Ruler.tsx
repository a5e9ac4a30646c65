/** @file The ruler: a native range input with ticks and words under it; sets how strongly an attribute guides. */
import type { CSSProperties, KeyboardEvent, PointerEvent } from 'react';
import { useState } from 'react';
import { weightText } from '../guidance/weight-words.ts';

/** Where the ruler ends. */
export const MAX_WEIGHT = 4;
const STEP = 0.1;
const PAGE = 0.5;
/** While dragging, the thumb rests at 1 when it is this near. */
const DETENT = 0.05 + 1e-9;

const ticks = Array.from({ length: 17 }, (_, index) => index * 0.25);

/** A weight on the 0.1 grid and inside 0–4. */
export function snapWeight(weight: number): number {
  const clamped = Math.min(MAX_WEIGHT, Math.max(0, weight));
  return Math.round(clamped / STEP) / (1 / STEP);
}

/** The slider of one guidance weight, 0 to 4 by 0.1, with a soft rest at 1. */
export function Ruler(props: {
  attribute: string;
  weight: number;
  onChange: (weight: number) => void;
  disabled?: boolean;
}) {
  const { attribute, weight, onChange, disabled = false } = props;
  const [dragging, setDragging] = useState(false);

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const target = keyTarget(event.key, weight);
    if (target === null) return;
    event.preventDefault();
    onChange(target);
  };
  const drag = (event: PointerEvent<HTMLInputElement>): void =>
    setDragging(event.type === 'pointerdown');

  return (
    <div className={`ruler ${dragging ? 'is-active' : ''}`}>
      <input
        type="range"
        aria-label={`Guidance weight for ${attribute}`}
        aria-valuetext={weightText(weight)}
        min={0}
        max={MAX_WEIGHT}
        // finer than 0.1 while dragging, so that the rest at 1 can be felt
        step={dragging ? 0.05 : STEP}
        value={weight}
        disabled={disabled}
        style={{ '--p': `${(weight / MAX_WEIGHT) * 100}%` } as CSSProperties}
        onChange={(event) => onChange(rest(Number(event.currentTarget.value)))}
        onKeyDown={onKeyDown}
        onDoubleClick={() => onChange(1)}
        onPointerDown={drag}
        onPointerUp={drag}
        onPointerCancel={drag}
      />
      <Ticks />
    </div>
  );
}

function rest(weight: number): number {
  return Math.abs(weight - 1) <= DETENT ? 1 : snapWeight(weight);
}

/** The weight a key asks for, or null when the key is not one of the ruler's. */
function keyTarget(key: string, weight: number): number | null {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return snapWeight(weight + STEP);
    case 'ArrowLeft':
    case 'ArrowDown':
      return snapWeight(weight - STEP);
    case 'PageUp':
      return snapWeight(weight + PAGE);
    case 'PageDown':
      return snapWeight(weight - PAGE);
    case 'Home':
      return 0;
    case 'End':
      return MAX_WEIGHT;
    case 'Backspace':
    case 'Delete':
      return 1;
    default:
      return null;
  }
}

function Ticks() {
  return (
    <div className="ticks" aria-hidden="true">
      {ticks.map((at) => (
        <i
          key={at}
          className={Number.isInteger(at) ? 'major' : ''}
          style={{ left: `${(at / MAX_WEIGHT) * 100}%` }}
        />
      ))}
      <span className="first" style={{ left: 0 }}>
        0 ignored
      </span>
      <span className="first" style={{ left: '25%' }}>
        1 as learnt
      </span>
      <span style={{ left: '50%' }}>2</span>
      <span style={{ left: '75%' }}>3</span>
      <span className="last" style={{ left: '100%' }}>
        4
      </span>
    </div>
  );
}
