/** @file "How the cells formed": the same test cells at up to four moments of the training. */
import { memo, useEffect, useMemo, useRef } from 'react';
import { floatArray, intArray } from '../../state/array-registry.ts';
import { coloursOf, columnOf } from '../../state/data-view.ts';
import { formatNumber } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import type { ModelState } from '../../state/types.ts';
import { useThemeTokens, type ThemeTokens } from '../map/theme-tokens.ts';
import { boundsOf, fitView, project, type Bounds } from '../map/view-fit.ts';
import { useSize } from './use-size.ts';
import { useThrottled } from './use-throttled.ts';

type Moment = ModelState['film'][number];

interface Real {
  readonly places: Float32Array;
  readonly bounds: Bounds;
  readonly codes: Int32Array | null;
  readonly colours: readonly string[];
}

/** Real cells drawn behind a moment at most. */
const mostReal = 2500;

/** While the drawer is pulled, frames stretch; they are drawn anew at most this often (ms). */
const interval = 250;

/** The frames in order; the last one carries the accent while training runs. */
export function Film() {
  const film = useStudio((state) => state.model.film);
  const running = useStudio(({ model }) => model.status !== 'none' && model.status !== 'ready');
  const data = useStudio((state) => state.data);
  const column = useStudio(({ look, model, choices }) =>
    look.colourBy?.kind === 'obs'
      ? look.colourBy.name
      : (model.training?.attributes[0] ?? choices.attributes[0] ?? null),
  );
  const real = useMemo((): Real | null => {
    const places = floatArray(data.umap);
    const bounds = places ? boundsOf([places]) : null;
    if (!places || !bounds) return null;
    const codes = column === null ? null : (columnOf(column, data)?.codes ?? null);
    return { places, bounds, codes, colours: column === null ? [] : coloursOf(column, data) };
  }, [data, column]);
  if (film.length === 0)
    return <p className="mute">The first cells appear when the flow begins.</p>;
  return (
    <div className="film">
      {film.map((moment, index) => (
        <Frame
          key={index}
          moment={moment}
          real={real}
          now={running && index === film.length - 1}
          first={index === 0}
        />
      ))}
    </div>
  );
}

interface FrameProps {
  readonly moment: Moment;
  readonly real: Real | null;
  readonly now: boolean;
  readonly first: boolean;
}

const Frame = memo(function Frame({ moment, real, now, first }: FrameProps) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const tokens = useThemeTokens();
  const { width, height } = useThrottled(useSize(box), interval);
  useEffect(() => {
    const element = canvas.current;
    if (element && real && width > 0) paint(element, width, height, moment, real, tokens);
  }, [moment, real, tokens, width, height]);
  const at = first && moment.step === 0 ? 'start' : `step ${formatNumber(moment.step)}`;
  return (
    <figure>
      <div className={now ? 'fr now' : 'fr'} ref={box}>
        <canvas ref={canvas} aria-hidden="true" />
      </div>
      <figcaption>{now ? 'now' : at}</figcaption>
    </figure>
  );
});

function paint(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  moment: Moment,
  real: Real,
  tokens: ThemeTokens,
): void {
  // A canvas in plain memory: one on the GPU would wait for it.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const cells = floatArray(moment.umap);
  if (!context) return;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  context.scale(devicePixelRatio, devicePixelRatio);
  const pad = { top: 8, right: 8, bottom: 8, left: 8 };
  const view = { ...fitView(real.bounds, { width, height }, pad), width, height };
  const stride = Math.max(1, Math.ceil(real.places.length / 2 / mostReal));
  const colour = (code: number): string => real.colours[code] ?? tokens.css.lineStrong;
  context.globalAlpha = tokens.dark ? 0.6 : 0.42;
  for (let cell = 0; cell < real.places.length / 2; cell += stride) {
    const [x, y] = project(view, real.places[2 * cell], real.places[2 * cell + 1]);
    context.fillStyle = colour(real.codes?.[cell] ?? -1);
    context.fillRect(x - 0.7, y - 0.7, 1.4, 1.4);
  }
  if (!cells) return;
  const codes = intArray(moment.codes);
  context.globalAlpha = 1;
  context.strokeStyle = tokens.css.ring;
  context.lineWidth = 0.55;
  for (let cell = 0; cell < cells.length / 2; cell += 1) {
    const [x, y] = project(view, cells[2 * cell], cells[2 * cell + 1]);
    context.fillStyle = codes ? colour(codes[cell]) : tokens.css.ink3;
    context.beginPath();
    context.arc(x, y, 1.35, 0, 7);
    context.fill();
    context.stroke();
  }
}
