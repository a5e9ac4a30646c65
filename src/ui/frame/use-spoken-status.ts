/** @file What the status line says aloud: at most one sentence in two seconds, and of a training only its quarters. */
import { useEffect, useRef, useState } from 'react';
import { useStudio } from '../../state/store.ts';

const PAUSE_MS = 2000;

/** A value that follows another at most once in `pause` milliseconds; the last one always arrives. */
export function useThrottled<T>(value: T, pause = PAUSE_MS): T {
  const [shown, setShown] = useState(value);
  const last = useRef(-Infinity);
  useEffect(() => {
    const wait = Math.max(0, last.current + pause - performance.now());
    const timer = window.setTimeout(() => {
      last.current = performance.now();
      setShown(value);
    }, wait);
    return () => window.clearTimeout(timer);
  }, [value, pause]);
  return shown;
}

/** The sentence for screen readers and whether this change is to be spoken; the visible status does not wait for it. */
export function useSpokenStatus(): { readonly text: string; readonly live: 'polite' | 'off' } {
  const status = useStudio((state) => state.statusText);
  const training = useStudio((state) => state.model.status === 'training');
  const quarter = useStudio((state) => Math.floor(state.model.overall * 4));
  const text = useThrottled(status);
  const spoken = useRef({ quarter: -1, stage: '' });
  const [live, setLive] = useState<'polite' | 'off'>('polite');
  useEffect(() => {
    const due = !training || spoken.current.quarter !== quarter;
    spoken.current.quarter = training ? quarter : -1;
    setLive(due ? 'polite' : 'off');
  }, [text, training, quarter]);
  return { text, live };
}
