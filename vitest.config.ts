/** @file Unit tests: beside the code; *.test.ts run in plain Node, *.test.tsx in a simulated page. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const shared = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'node',
          environment: 'node',
          include: ['{src,workers,cli,bench,scripts}/**/*.test.{ts,mjs}'],
        },
      },
      {
        plugins: [react()],
        test: { ...shared, name: 'page', environment: 'happy-dom', include: ['src/**/*.test.tsx'] },
      },
    ],
  },
});
