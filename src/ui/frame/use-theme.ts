/** @file Light or dark: what the person chose, else what the system says; written to the root as data-theme. */
import { useMediaQuery } from '@mantine/hooks';
import { useLayoutEffect } from 'react';
import { useStudio } from '../../state/store.ts';
import type { ViewState } from '../../state/types.ts';

/** The theme in use; keeps `data-theme` of the root in step with it. */
export function useTheme(): 'light' | 'dark' {
  const chosen = useStudio((state) => state.view.theme);
  const systemDark = useMediaQuery('(prefers-color-scheme: dark)', false, {
    getInitialValueInEffect: false,
  });
  const theme = chosen === 'system' ? (systemDark ? 'dark' : 'light') : chosen;
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return theme;
}

/** The theme after this one: system, light, dark, and round again. */
export function nextTheme(theme: ViewState['theme']): ViewState['theme'] {
  if (theme === 'system') return 'light';
  return theme === 'light' ? 'dark' : 'system';
}
