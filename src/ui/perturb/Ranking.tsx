/** @file Sets that were not measured, by what they are predicted to do. */
import { predictCells, setQuestion } from '../../state/actions/perturb.ts';
import { formatDecimal, formatNumber } from '../../state/format.ts';
import { usePerturb } from '../../state/perturb.ts';
import { setWords } from '../../state/question.ts';
import { useStudio } from '../../state/store.ts';
import { Empty, Note } from '../controls/Note.tsx';

/** The table; each row can be asked for. */
export function Ranking() {
  const ranking = usePerturb((state) => state.ranking);
  const running = usePerturb((state) => state.running !== null);
  const screen = useStudio((state) => state.model.info?.screen ?? null);
  if (ranking === null || screen === null)
    return (
      <Empty
        missing="No ranking yet"
        advice="Press Rank combinations: sets that were not measured are predicted and put in order."
      />
    );
  const { sets, of, about } = ranking;
  const most = Math.max(...sets.map(({ size }) => size), 1e-9);
  const ask = (members: readonly string[]): void => {
    setQuestion({ members, composed: false });
    void predictCells();
  };
  return (
    <div className="apply-result" tabIndex={0} role="group" aria-label="Ranking of combinations">
      <Note tone="warn" lead="Extrapolation.">
        None of these sets has a training cell. Sizes are predictions of the model, {about}; nothing
        here has been tested.
      </Note>
      <table className="tbl apply-table perturb-rank">
        <thead>
          <tr>
            <th scope="col">set</th>
            <th scope="col" className="num">
              predicted effect
            </th>
            <th scope="col" className="num">
              beyond the sum
            </th>
            <th scope="col" aria-label="Effect as a bar" />
            <th scope="col" aria-label="Predict" />
          </tr>
        </thead>
        <tbody>
          {sets.map(({ members, size, beyondAdditive }) => (
            <tr key={members.join('\n')}>
              <td>{setWords(members, screen)}</td>
              <td className="num">{formatDecimal(size, 2)}</td>
              <td className="num">
                {beyondAdditive === null ? '–' : formatDecimal(beyondAdditive, 2)}
              </td>
              <td className="effect-cell">
                <svg
                  viewBox="0 0 100 16"
                  preserveAspectRatio="none"
                  aria-hidden="true"
                  className="effect-bars perturb-bars"
                >
                  <rect x="0" y="3" width={(100 * size) / most} height="4" className="own" />
                  {
                    beyondAdditive !== null &&
                    <rect x="0" y="9" width={(100 * Math.min(beyondAdditive, most)) / most} height="4" className="real" /> // prettier-ignore
                  }
                </svg>
              </td>
              <td>
                <button
                  type="button"
                  className="link"
                  aria-disabled={running || undefined}
                  aria-label={`Predict ${setWords(members, screen)}`}
                  onClick={() => !running && ask(members)}
                >
                  Predict
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="small">
        {formatNumber(sets.length)} of {formatNumber(of)} sets
        {of > sets.length && ', those whose members do most by themselves'}. Effect: length of the
        mean change over the genes (upper bar); beyond the sum: of the part that the members’ own
        changes do not add up to (lower bar).
      </p>
    </div>
  );
}
