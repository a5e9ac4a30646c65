/** @file Waiting for a quiet moment: work that nobody asked for gives way to sliders, files and maps. */
import { cancelled } from '../../protocol/errors.ts';
import { get, studio } from '../store.ts';

/** Nothing may have been steered for this long. */
const REST_MS = 900;
const LOOK_MS = 150;

let lastTouch = 0;
studio.subscribe((now, before) => {
  if (now.guidance !== before.guidance || now.synthetic !== before.synthetic)
    lastTouch = performance.now();
});

function isQuiet(): boolean {
  const { data, model, synthetic, view } = get();
  return (
    data.status === 'ready' &&
    data.mapProgress === null &&
    model.status === 'ready' &&
    synthetic.status !== 'generating' &&
    !view.flowPlaying &&
    performance.now() - lastTouch > REST_MS
  );
}

/** Resolves when nothing was steered for 0.9 s and nothing runs; rejects with cancelled once `isCurrent` is false. */
export async function whenQuiet(isCurrent: () => boolean): Promise<void> {
  for (;;) {
    if (!isCurrent()) throw cancelled();
    if (isQuiet()) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
