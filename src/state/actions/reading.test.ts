import { beforeEach, describe, expect, it } from 'vitest';
import type { IoEvent } from '../../protocol/api.ts';
import { get } from '../store.ts';
import { say } from './alerts.ts';
import { whileReading } from './reading.ts';

describe('the status line while a file is read', () => {
  beforeEach(() => say('Ready.'));

  it('tells what is done and how far', async () => {
    const given = await whileReading('blood.h5ad', async (onEvent) => {
      onEvent({ doing: 'Reading the counts', share: 0.5 });
      expect(get().statusText).toBe('Reading the counts: blood.h5ad.');
      expect(get().data).toMatchObject({ doing: 'Reading the counts', share: 0.5 });
      expect(get().busy).toBe(true);
      return 3;
    });
    expect(given).toBe(3);
  });

  it('leaves out events that come after the result', async () => {
    let late: (event: IoEvent) => void = () => undefined;
    await whileReading('blood.h5ad', async (onEvent) => {
      late = onEvent;
    });
    say('Opened in 0.9 s. Nothing was uploaded.');
    late({ doing: 'Reading the counts', share: 1 });
    expect(get().statusText).toBe('Opened in 0.9 s. Nothing was uploaded.');
    expect(get().busy).toBe(false);
  });

  it('leaves out events that come after a failure', async () => {
    let late: (event: IoEvent) => void = () => undefined;
    const failing = whileReading('cut.h5ad', async (onEvent) => {
      late = onEvent;
      throw new Error('cut off');
    });
    await expect(failing).rejects.toThrow('cut off');
    say('cut.h5ad could not be opened.');
    late({ doing: 'Opening the file', share: 0.2 });
    expect(get().statusText).toBe('cut.h5ad could not be opened.');
  });
});
