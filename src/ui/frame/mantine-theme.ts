/** @file Mantine follows our tokens: sizes, radii, the one accent, and its own variables pointed at ours. */
import { createTheme } from '@mantine/core';
import type { CSSVariablesResolver } from '@mantine/core';

const rem = (px: number): string => `${px / 16}rem`;

/** Theme of every Mantine part in the studio. */
export const mantineTheme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: rem(11), sm: rem(13), md: rem(15), lg: rem(20) },
  lineHeights: { xs: '16px', sm: '20px', md: '22px', lg: '26px' },
  radius: { xs: rem(3), sm: rem(5), md: rem(8) },
  defaultRadius: 'sm',
  primaryColor: 'petrol',
  colors: {
    petrol: [
      '#eef6f7',
      '#dcebee',
      '#b9d8de',
      '#8fc1cb',
      '#5cc0d2',
      '#348fa1',
      '#167a8d',
      '#0b6477',
      '#084f5e',
      '#063a46',
    ],
  },
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  cursorType: 'pointer',
  respectReducedMotion: true,
});

/** Points Mantine's variables at the tokens, so that one theme switch changes both. */
export const mantineVariables: CSSVariablesResolver = () => ({
  variables: {
    '--mantine-color-body': 'var(--panel)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-2)',
    '--mantine-color-placeholder': 'var(--ink-3)',
    '--mantine-color-default': 'var(--raised)',
    '--mantine-color-default-border': 'var(--control)',
    '--mantine-color-error': 'var(--error)',
    '--mantine-primary-color-filled': 'var(--accent)',
  },
  light: {},
  dark: {},
});
