/** @file The last stage of a training as the page sees it: announced, measured, paused like the others; absent where nothing is calibrated. */
import { describe, expect, it } from 'vitest';
import type { TrainEvent } from '../../protocol/model.ts';
import { createService, data, request } from '../testing/requests.ts';

async function eventsOf(
  settings: Parameters<typeof request>[1],
  onEvent: (event: TrainEvent, service: ReturnType<typeof createService>) => void = () => undefined,
) {
  const service = createService();
  await service.init('cpu');
  const events: TrainEvent[] = [];
  const info = await service.train(request(data, settings), (event) => {
    events.push(event);
    onEvent(event, service);
  });
  return { events, info };
}

const stagesOf = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.type === 'stage' ? [event.stage] : []));

describe('calibration', () => {
  it('is told as the last stage, with the flow’s seconds, and its progress ends the training; it rests in a pause', async () => {
    let rests = 0;
    const { events, info } = await eventsOf({ maxEpochs: 2, flowSteps: 30 }, (event, service) => {
      if (event.type === 'stage' && event.stage === 'calibrate') void service.pause();
      if (event.type !== 'paused') return;
      rests++;
      setTimeout(() => void service.resume(), 20);
    });
    expect(stagesOf(events)).toEqual(['prepare', 'autoencoder', 'encode', 'flow', 'calibrate']);
    const begins = events.findIndex((e) => e.type === 'stage' && e.stage === 'calibrate');
    const entered = events[begins];
    expect(entered.type === 'stage' && entered.seconds.flow).toBeGreaterThan(0);
    const progress = events.slice(begins).filter((event) => event.type === 'progress');
    expect(progress.every(({ stage }) => stage === 'calibrate')).toBe(true);
    expect(progress.at(-1)).toMatchObject({ at: 100, of: 100, overall: 1, secondsLeft: 0 });
    expect(rests).toBe(1);
    expect(info.stoppedEarly).toBe(false);
  });

  it('is no stage of the faithful recipe', async () => {
    const { events } = await eventsOf({ maxEpochs: 1, flowSteps: 10, recipe: 'faithful' });
    expect(stagesOf(events)).toEqual(['prepare', 'autoencoder', 'encode', 'flow']);
  });
});
