/** @file Words of a training's place: what is counted, and the stage in which nothing is. */
import { expect, it } from 'vitest';
import { pauseWords, stageWords } from './training-words.ts';

it('names epochs, steps, and a stage without either', () => {
  expect(stageWords('autoencoder', 3, 40)).toBe('autoencoder, epoch 3 of 40');
  expect(stageWords('flow', 1200, 15000)).toBe('flow, step 1,200 of 15,000');
  expect(stageWords('calibrate', 40, 100)).toBe('calibrating the decoder');
  expect(pauseWords('flow', 11400)).toBe('at step 11,400');
  expect(pauseWords('autoencoder', 7)).toBe('at epoch 7');
  expect(pauseWords('calibrate', 40)).toBe('while calibrating');
});
