/** @file The control of one attribute: its value, its weight on a ruler, and how often the value is hit. */
import { useMemo, useState } from 'react';
import type { ModelAttribute, ModelInfo } from '../../protocol/model.ts';
import { setValue, setWeight } from '../../state/actions/index.ts';
import { formatDecimal } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { Choice } from '../controls/Choice.tsx';
import { HitMeter } from '../controls/HitMeter.tsx';
import { MAX_WEIGHT, Ruler, snapWeight } from '../controls/Ruler.tsx';
import { ALL, effectiveValues, swatches, unlabelledText, valueEntries } from './guidance-view.ts';
import { weightWord } from './weight-words.ts';

/** One attribute of the model in the Guidance panel. */
export function GuidanceControl({
  info,
  attribute,
}: {
  info: ModelInfo;
  attribute: ModelAttribute;
}) {
  const { name } = attribute;
  const terms = useStudio((state) => state.guidance.terms);
  const colourBy = useStudio((state) => state.look.colourBy);
  const hit = useStudio((state) => state.synthetic.hits[name] ?? null);
  const real = useStudio((state) => state.model.realHits[name] ?? null);
  const old = useStudio((state) => state.synthetic.status === 'generating');
  const { value = null, weight = 1 } = terms[name] ?? {};
  const entries = useMemo(
    () => valueEntries(info, attribute, effectiveValues(info, terms), swatches(name, colourBy)),
    [info, attribute, terms, name, colourBy],
  );
  return (
    <section className="block ctl">
      <div className="ctl-head">
        <h3 className="ctl-name" title={name}>
          {name}
        </h3>
        <span className="aside">{weightWord(weight)}</span>
        <WeightField attribute={name} weight={weight} />
      </div>
      <Choice
        label={`Value of ${name}`}
        entries={entries}
        value={value ?? ALL}
        onChange={(next) => setValue(name, next === ALL ? null : next)}
        search
      />
      <Ruler attribute={name} weight={weight} onChange={(next) => setWeight(name, next)} />
      {(attribute.unlabelled ?? 0) > 0 && (
        <p className="small">{unlabelledText(attribute.unlabelled ?? 0)}</p>
      )}
      {hit !== null && <HitMeter attribute={name} share={hit} real={real} old={old} />}
    </section>
  );
}

function WeightField({ attribute, weight }: { attribute: string; weight: number }) {
  const [draft, setDraft] = useState<string | null>(null);
  const value = draft === null ? weight : Number(draft.replace(',', '.'));
  const bad = draft !== null && !(draft.trim() !== '' && value >= 0 && value <= MAX_WEIGHT);
  const commit = (): void => {
    if (draft !== null && !bad) setWeight(attribute, snapWeight(value));
    setDraft(null);
  };
  return (
    <input
      type="text"
      inputMode="decimal"
      className={`field ${bad ? 'bad' : ''}`}
      aria-label={`Weight for ${attribute}, number`}
      aria-invalid={bad}
      title={bad ? 'From 0 to 4' : undefined}
      value={draft ?? formatDecimal(weight, 1)}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
        if (event.key === 'Escape') setDraft(null);
      }}
    />
  );
}
