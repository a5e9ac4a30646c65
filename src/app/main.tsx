/** @file The page begins here: styles, theme, the frame, and then the studio starts. */
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../ui/styles/index.css';
import { startStudio } from '../state/actions/index.ts';
import { ErrorBoundary } from '../ui/frame/ErrorBoundary.tsx';
import { mantineTheme, mantineVariables } from '../ui/frame/mantine-theme.ts';
import { useTheme } from '../ui/frame/use-theme.ts';
import { App } from './App.tsx';

function Themed() {
  const theme = useTheme();
  return (
    <MantineProvider
      theme={mantineTheme}
      cssVariablesResolver={mantineVariables}
      forceColorScheme={theme}
    >
      <ErrorBoundary>
        <App />
      </ErrorBoundary>
    </MantineProvider>
  );
}

const root = document.getElementById('root');
if (root) {
  startStudio();
  createRoot(root).render(
    <StrictMode>
      <Themed />
    </StrictMode>,
  );
}
