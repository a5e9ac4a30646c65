/** @file How wide the window is, in the four steps of the design. */
import { useMediaQuery } from '@mantine/hooks';

/** wide: panel beside the map; medium: panel over the map; narrow: panel as a sheet under it. */
export type Layout = 'wide' | 'medium' | 'narrow';

/** The present layout; follows the window. */
export function useLayout(): Layout {
  const options = { getInitialValueInEffect: false };
  const narrow = useMediaQuery('(max-width: 767px)', false, options);
  const medium = useMediaQuery('(max-width: 1199px)', false, options);
  if (narrow) return 'narrow';
  return medium ? 'medium' : 'wide';
}
