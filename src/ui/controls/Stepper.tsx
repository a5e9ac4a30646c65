/** @file A native number input with two arrows; keeps what is typed until it is a valid number. */
import { useId, useState } from 'react';

/** A number between two bounds. An out-of-range entry shows why and is not passed on; leaving the field restores the last good value. */
export function Stepper(props: {
  label: string;
  value: number;
  min: number;
  max: number;
  step?: number;
  onChange: (value: number) => void;
  disabled?: boolean;
}) {
  const { label, value, min, max, step = 1, onChange, disabled = false } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const hintId = useId();
  const problem = draft === null ? null : problemOf(draft, min, max);

  const enter = (text: string): void => {
    setDraft(text);
    if (problemOf(text, min, max) === null) onChange(Number(text));
  };
  const move = (by: number): void => {
    setDraft(null);
    onChange(Math.min(max, Math.max(min, value + by)));
  };

  return (
    <span className="stepper-box">
      <span className={`stepper ${problem ? 'bad' : ''} ${disabled ? 'off' : ''}`}>
        <input
          type="number"
          aria-label={label}
          aria-invalid={problem !== null}
          aria-describedby={problem ? hintId : undefined}
          min={min}
          max={max}
          step={step}
          value={draft ?? value}
          disabled={disabled}
          onChange={(event) => enter(event.currentTarget.value)}
          onBlur={() => setDraft(null)}
        />
        <span className="arrows" aria-hidden="true">
          <Arrow path="m1.5 5.5 2.5-3 2.5 3" run={() => move(step)} disabled={disabled} />
          <Arrow path="m1.5 2.5 2.5 3 2.5-3" run={() => move(-step)} disabled={disabled} />
        </span>
      </span>
      {problem && (
        <span className="problem" id={hintId}>
          {problem}
        </span>
      )}
    </span>
  );
}

function Arrow(props: { path: string; run: () => void; disabled: boolean }) {
  return (
    <span className="arrow" onClick={props.disabled ? undefined : props.run}>
      <svg viewBox="0 0 8 8" fill="none" stroke="currentColor" strokeWidth="1.4">
        <path d={props.path} />
      </svg>
    </span>
  );
}

function problemOf(text: string, min: number, max: number): string | null {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value)) return 'A whole number';
  if (value < min) return `At least ${min.toLocaleString('en-GB')}`;
  return value > max ? `At most ${max.toLocaleString('en-GB')}` : null;
}
