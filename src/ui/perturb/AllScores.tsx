/** @file Every measured perturbation, predicted and scored: means with intervals, every baseline on the same axis as the model. */
import { useState } from 'react';
import type { PredictorMeans } from '../../protocol/perturb-api.ts';
import type { PerturbScores, ScoredPrediction } from '../../protocol/perturb.ts';
import { formatNumber } from '../../state/format.ts';
import { usePerturb } from '../../state/perturb.ts';
import { Choice } from '../controls/Choice.tsx';
import { Empty } from '../controls/Note.tsx';
import { capital } from '../data/use-feature-words.ts';
import { PlotFigure } from '../plots/PlotFigure.tsx';
import { Headline } from './Headline.tsx';
import { PredictorPlot } from './PredictorPlot.tsx';
import {
  predictorNames,
  predictorOrder,
  scoreKeys,
  scoreText,
  scoreWords,
} from './perturb-words.ts';

/** The headline, and one score at a time for all predictors. */
export function AllScores() {
  const scores = usePerturb((state) => state.scores);
  const [key, setKey] = useState<keyof PerturbScores>('pearsonDelta');
  if (scores === null)
    return (
      <Empty
        missing="No scores yet"
        advice="Press Score all: every measured perturbation is predicted and compared with its real cells."
      />
    );
  const { scored, means, headline, perturbations, tooFew, unknown } = scores;
  const seen = scored.filter((own) => own.predictor === 'model' && own.seen).length;
  const rows = predictorOrder.flatMap((name) => means.filter((own) => own.predictor === name));
  const words = scoreWords[key];
  const strange =
    unknown === 0
      ? ''
      : ` Unknown to the model: ${formatNumber(unknown)}, which no training cell has and no gene graph joins to others.`;
  const few = tooFew > 0 ? ` With too few real cells: ${formatNumber(tooFew)}.` : '';
  return (
    <div
      className="apply-result perturb-two"
      tabIndex={0}
      role="group"
      aria-label="Scores of all perturbations"
    >
      <div className="perturb-side">
        <Headline text={headline}>
          <p className="small">
            {formatNumber(seen)} of {formatNumber(perturbations)} were seen in training.{few}
            {strange} Intervals are over perturbations.
          </p>
        </Headline>
        <div className="perturb-pick">
          <Choice
            label="Score"
            className="perturb-order"
            entries={scoreKeys.map((value) => ({
              value,
              label: scoreWords[value].name,
              note: scoreWords[value].better === 'high' ? 'more is better' : 'less is better',
              closedNote: '',
            }))}
            menuWidth={260}
            value={key}
            onChange={(next) => setKey(next as keyof PerturbScores)}
          />
          <p className="mute">
            {capital(words.says)}; {words.better === 'high' ? 'more' : 'less'} is better.
          </p>
        </div>
      </div>
      <div className="perturb-plot" style={{ minHeight: 24 * rows.length + 116 }}>
        <PlotFigure
          title={`${words.name} of ${formatNumber(perturbations)} ${perturbations === 1 ? 'perturbation' : 'perturbations'}`}
          kind={`perturb-${key}`}
          says={rows.map((row) => rowWords(row, key)).join(' ')}
          caption={`${words.says} of ${formatNumber(perturbations)} measured perturbations, each a dot; large marks are means with 90 % intervals over perturbations.`}
          marks={rows.map((row) => rowWords(row, key))}
          table={{
            head: ['perturbation', 'context', 'seen in training', ...rows.map(({ predictor }) => predictorNames[predictor])], // prettier-ignore
            rows: byPerturbation(scored).map(({ label, context, isSeen, values }) => [
              label,
              context,
              isSeen ? 'yes' : 'no',
              ...rows.map(({ predictor }) => values.get(predictor)?.[key] ?? '–'),
            ]),
          }}
          made={{
            words: `Synthetic cells of each, predicted by scDFM; ${formatNumber(seen)} of ${formatNumber(perturbations)} perturbations were seen in training.`,
            facts: { perturbations, seen },
          }}
          least={460}
          leastHeight={24 * rows.length + 56}
        >
          {({ width, active }) => (
            <PredictorPlot rows={rows} scored={scored} score={key} width={width} active={active} />
          )}
        </PlotFigure>
      </div>
    </div>
  );
}

function rowWords({ predictor, scores }: PredictorMeans, key: keyof PerturbScores): string {
  const own = scores[key];
  if (own === undefined) return `${predictorNames[predictor]}: no value.`;
  const { mean, interval, perturbations } = own;
  const range = interval === null ? '' : ` (${scoreText(interval[0], key)} to ${scoreText(interval[1], key)})`; // prettier-ignore
  return `${predictorNames[predictor]}: ${scoreText(mean, key)}${range}, ${formatNumber(perturbations)} perturbations.`;
}

interface Row {
  readonly label: string;
  readonly context: string;
  readonly isSeen: boolean;
  readonly values: ReadonlyMap<string, PerturbScores>;
}

function byPerturbation(scored: readonly ScoredPrediction[]): Row[] {
  const rows = new Map<string, Row & { readonly values: Map<string, PerturbScores> }>();
  for (const { label, context, seen, predictor, scores } of scored) {
    const id = JSON.stringify([label, context]);
    const row = rows.get(id) ?? { label, context, isSeen: seen, values: new Map() };
    row.values.set(predictor, scores);
    rows.set(id, row);
  }
  return [...rows.values()];
}
