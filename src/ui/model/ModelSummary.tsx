/** @file What the present model is: from which cells, how long it took, how well it fits held-out cells. */
import { Fragment } from 'react';
import type { ModelInfo } from '../../protocol/model.ts';
import { dayOf, formatDecimal, formatDuration, formatNumber } from '../../state/format.ts';
import { kindWords } from '../../state/kinds.ts';
import { modelName } from '../../state/model-kind.ts';
import { hiddenWords } from '../../state/split-choice.ts';
import { useStudio } from '../../state/store.ts';
import { capital } from '../data/use-feature-words.ts';

/** How a kind of features is distributed, where that is not plain. */
const likelihoodText = {
  'negative-binomial': '',
  bernoulli: ', there or not',
  poisson: ', counted',
} as const;

const oneDecimal = new Intl.NumberFormat('en-GB', {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

function headline(origin: string | null, info: ModelInfo): string {
  if (origin === 'ready-made') return 'Ready-made model';
  const time = formatDuration(info.seconds);
  return info.stoppedEarly ? `Stopped after ${time}` : `Trained in ${time}`;
}

/** Facts of a trained model, in two sections. */
export function ModelSummary({ info }: { info: ModelInfo }) {
  const origin = useStudio((state) => state.model.origin);
  return (
    <>
      <section className="block">
        <p className="headline">{headline(origin, info)}</p>
        <p className="mute">
          {modelName(info)}, {info.recipe === 'faithful' ? 'original recipe' : 'recommended recipe'}
          , from {info.fileName}
        </p>
      </section>
      <section className="block">
        <h3>What was learnt</h3>
        <dl className="kv">
          <dt>Cells for training</dt>
          <dd>{formatNumber(info.trainingCells)}</dd>
          <dt>Held out</dt>
          <dd>{formatNumber(info.heldOutCells)}</dd>
          {info.split?.by && (
            <>
              <dt>Held out by</dt>
              <dd>{info.split.by}</dd>
            </>
          )}
          {info.split && info.split.hide.length > 0 && (
            <>
              <dt>Hidden from training</dt>
              <dd>{info.split.hide.map(hiddenWords).join('; ')}</dd>
            </>
          )}
          {info.modalities === undefined && (
            <>
              <dt>Genes</dt>
              <dd>{formatNumber(info.nGenes)}</dd>
            </>
          )}
          {info.modalities?.map((kind) => (
            <Fragment key={kind.name}>
              <dt>{capital(kindWords(kind).many)}</dt>
              <dd>
                {formatNumber(kind.features)}
                {likelihoodText[kind.likelihood]}
              </dd>
            </Fragment>
          ))}
          <dt>Attributes</dt>
          <dd>{info.attributes.map(({ name }) => name).join(', ') || 'none'}</dd>
          {info.screen && (
            <>
              <dt>Control</dt>
              <dd>
                {info.screen.attribute} {info.screen.control}
              </dd>
              <dt>Perturbations</dt>
              <dd>{formatNumber(info.screen.seenMembers)}</dd>
            </>
          )}
          <dt>Latent dimensions</dt>
          <dd>{formatNumber(info.latentDim)}</dd>
        </dl>
      </section>
      <section className="block">
        <h3>On held-out cells</h3>
        <dl className="kv">
          {info.screen === undefined && (
            <>
              <dt>Autoencoder, nats per cell</dt>
              <dd>{oneDecimal.format(info.autoencoderLoss)}</dd>
              <dt>Best epoch</dt>
              <dd>{formatNumber(info.autoencoderEpoch)}</dd>
            </>
          )}
          <dt>Flow, mean squared error</dt>
          <dd>{formatDecimal(info.flowLoss, 3)}</dd>
          <dt>Best step</dt>
          <dd>{formatNumber(info.flowStep)}</dd>
        </dl>
      </section>
      <section className="block">
        <dl className="kv">
          <dt>Training took</dt>
          <dd>{formatDuration(info.seconds)}</dd>
          <dt>On</dt>
          <dd>{info.device}</dd>
          <dt>Seed</dt>
          <dd>{formatNumber(info.seed)}</dd>
          <dt>Date</dt>
          <dd>{dayOf(info.trainedAt)}</dd>
        </dl>
      </section>
    </>
  );
}
