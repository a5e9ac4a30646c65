/** @file Scores of one prediction beside the baselines and the floor. */
import type { PerturbScores, ScoredPrediction } from '../../protocol/perturb.ts';
import type { ShownPrediction } from '../../state/perturb.ts';
import { Empty } from '../controls/Note.tsx';
import {
  predictorNames,
  predictorOrder,
  scoreKeys,
  scoreText,
  scoreWords,
} from './perturb-words.ts';

/** The best value of each score among all but the floor. */
function bestOf(scored: readonly ScoredPrediction[], key: keyof PerturbScores): number | null {
  const values = scored.flatMap(({ predictor, scores }) => {
    const value = scores[key];
    return predictor === 'floor' || value === null ? [] : [value];
  });
  if (values.length === 0) return null;
  return scoreWords[key].better === 'high' ? Math.max(...values) : Math.min(...values);
}

/** A row a predictor, a column a score. */
export function ScoreTable({ prediction }: { prediction: ShownPrediction }) {
  const { scores } = prediction.report;
  if (scores.length === 0)
    return (
      <Empty
        missing="Nothing to score"
        advice="No real cell has this set in these cells. ‘Score all’ tells how the model does on measured ones."
      />
    );
  const rows = predictorOrder.flatMap((name) => scores.filter(({ predictor }) => predictor === name)); // prettier-ignore
  return (
    <>
      <table className="tbl apply-table perturb-scores">
        <thead>
          <tr>
            <th scope="col">predictor</th>
            {scoreKeys.map((key) => (
              <th scope="col" className="num" key={key} title={scoreWords[key].says}>
                {scoreWords[key].name} {scoreWords[key].better === 'high' ? '↑' : '↓'}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.predictor} className={row.predictor === 'model' ? 'strong' : ''}>
              <td>{predictorNames[row.predictor]}</td>
              {scoreKeys.map((key) => {
                const value = row.scores[key];
                const best = row.predictor !== 'floor' && value !== null && value === bestOf(scores, key); // prettier-ignore
                return (
                  <td className={`num ${best ? 'best' : ''}`} key={key}>
                    {scoreText(value, key)}
                    {best && <span className="hidden"> (best)</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="small">
        ↑ more is better, ↓ less. “Half of the real cells” is what they reach against their other
        half: nothing can be expected to do better. E-distance and MMD² are without bias, so that
        they lie around 0, above or below, where nothing differs.
      </p>
    </>
  );
}
