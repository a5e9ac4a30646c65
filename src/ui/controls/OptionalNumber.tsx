/** @file A number that is set, or left to what it is told beside it. */
import { Stepper } from './Stepper.tsx';

/** What is asked for. */
export interface OptionalNumberProps {
  /** What the number is of, e.g. "Flow steps"; the name of the field too. */
  readonly words: string;
  /** null: left open. */
  readonly value: number | null;
  /** Said while it is left open. */
  readonly open: string;
  /** First value once the box is ticked. */
  readonly start: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly onChange: (value: number | null) => void;
}

/** Two cells of a grid: the box, and the field or what stands for it. */
export function OptionalNumber(props: OptionalNumberProps) {
  const { words, value, open, start, min, max, step, onChange } = props;
  return (
    <>
      <label className="lab row">
        <input
          type="checkbox"
          className="check"
          aria-label={`Set ${words.toLowerCase()}`}
          checked={value !== null}
          onChange={(event) => onChange(event.currentTarget.checked ? start : null)}
        />
        {words}
      </label>
      {value === null ? (
        <span className="mute num">{open}</span>
      ) : (
        <Stepper label={words} value={value} min={min} max={max} step={step} onChange={onChange} />
      )}
    </>
  );
}
