/** @file What is corrected, to what, and what stays. */
import type { ModelInfo } from '../../protocol/model.ts';
import { setApply } from '../../state/actions/apply.ts';
import { correctionOf } from '../../state/apply-choice.ts';
import { useApply } from '../../state/apply.ts';
import { formatNumber } from '../../state/format.ts';
import { Choice } from '../controls/Choice.tsx';

const AVERAGE = '';

/** The form of the batch correction. */
export function CorrectForm({ info }: { info: ModelInfo }) {
  const choices = useApply((state) => state.choices.correct);
  const { attribute, others, to, keep, measure } = correctionOf(info, choices);
  if (!attribute) return null;
  return (
    <div className="pairs settings">
      <span className="lab">Batches are in</span>
      <Choice
        label="Batch attribute"
        entries={info.attributes.map(({ name }) => ({ value: name, label: name }))}
        value={attribute.name}
        onChange={(batch) => setApply('correct', { batch, to: null, dropped: [], measure: null })}
      />
      <span className="lab">Bring them to</span>
      <Choice
        label="Reference batch"
        entries={[
          { value: AVERAGE, label: 'their average' },
          ...attribute.categories.map((category, i) => ({
            value: category,
            label: category,
            note: formatNumber(attribute.cells[i] ?? 0),
            closedNote: '',
          })),
        ]}
        value={to ?? AVERAGE}
        onChange={(value) => setApply('correct', { to: value === AVERAGE ? null : value })}
      />
      {others.length > 0 && (
        <>
          <span className="lab">Keep</span>
          <div className="use-checks" role="group" aria-label="Keep">
            {others.map((name) => (
              <label className="row" key={name}>
                <input
                  type="checkbox"
                  className="check"
                  checked={keep.includes(name)}
                  onChange={(event) =>
                    setApply('correct', {
                      dropped: event.currentTarget.checked
                        ? choices.dropped.filter((own) => own !== name)
                        : [...choices.dropped, name],
                    })
                  }
                />
                <span className="use-name" title={name}>
                  {name}
                </span>
              </label>
            ))}
          </div>
          <span className="lab">Measure by</span>
          <Choice
            label="Measure by"
            entries={[
              ...others.map((name) => ({ value: name, label: name })),
              { value: AVERAGE, label: 'do not measure' },
            ]}
            value={measure ?? AVERAGE}
            onChange={(value) => setApply('correct', { measure: value })}
          />
        </>
      )}
      <label className="row use-wide">
        <input
          type="checkbox"
          className="check"
          checked={choices.counts}
          onChange={(event) => setApply('correct', { counts: event.currentTarget.checked })}
        />
        Also draw corrected counts
      </label>
    </div>
  );
}
