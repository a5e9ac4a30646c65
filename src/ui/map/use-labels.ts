/** @file Which names stand on the map: those of the colouring column, else of the first attribute. */
import { useMemo } from 'react';
import { columnOf } from '../../state/data-view.ts';
import { useStudio } from '../../state/store.ts';
import { crowdOf } from './crowd.ts';
import { labelAnchors } from './label-layout.ts';
import type { LabelledColumn } from './MapLabels.tsx';
import type { MapPicture } from './use-map-picture.ts';

/** Names with the medians of their real cells; null when there is nothing to name. */
export function useLabels({ colouring, real }: MapPicture): LabelledColumn | null {
  const data = useStudio((state) => state.data);
  const fallback = useStudio((state) => state.choices.attributes[0] ?? null);
  const own = colouring.kind === 'categories';
  const name = own ? colouring.name : colouring.kind === 'numbers' ? fallback : null;
  const column = useMemo(() => (name === null ? null : columnOf(name, data)), [name, data]);
  const codes = column?.codes ?? null;
  const categories = column?.categories ?? null;
  const anchors = useMemo(
    () => (real && codes && categories ? labelAnchors(real, codes, categories.length) : null),
    [real, codes, categories],
  );
  const crowd = useMemo(() => (real && anchors ? crowdOf(real) : null), [real, anchors]);
  const shown = own ? colouring.shown : null;
  return useMemo(
    () => (anchors && categories ? { categories, anchors, shown, crowd } : null),
    [anchors, categories, shown, crowd],
  );
}
