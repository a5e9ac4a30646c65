/** @file The build: one static folder that runs from any address, with a policy that lets nothing out. */
import react from '@vitejs/plugin-react';
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { devHeaders, metaPolicy, pageHeaders } from './scripts/lib/headers.mjs';

/** Writes the policy into the built page (the dev server needs looser headers), and ships the licences with it. */
function guardedPage(): Plugin {
  return {
    name: 'cellsmith:guarded-page',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: metaPolicy() },
        injectTo: 'head-prepend',
      },
    ],
    generateBundle() {
      for (const fileName of ['LICENSE', 'THIRD_PARTY.md']) {
        const source = readFileSync(new URL(fileName, import.meta.url));
        this.emitFile({ type: 'asset', fileName, source });
      }
    },
  };
}

/**
 * tfjs hands the source text of its threaded WebAssembly module to its threads. That text must not lean on a
 * variable outside the function, because a minified name means nothing there; in a worker it is undefined anyway.
 */
function threadsSurviveMinifying(): Plugin {
  return {
    name: 'cellsmith:tfjs-threads',
    transform: {
      filter: { id: /tfjs-backend-wasm-threaded-simd\.js$/ },
      handler: (code) => ({
        code: code
          .replace(/^\s*(var|if \(typeof __filename).*_scriptDir.*$/gm, '')
          .replaceAll('_scriptDir', 'undefined'),
        map: null,
      }),
    },
  };
}

/** Packages that change rarely get files of their own, so that a new version of the page reuses them. */
const PAGE_GROUPS = [
  { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
  { name: 'mantine', test: /node_modules[\\/](@mantine|@floating-ui)[\\/]/ },
  { name: 'deck', test: /node_modules[\\/](@deck\.gl|@luma\.gl|@math\.gl|@loaders\.gl)[\\/]/ },
];

export default defineConfig({
  base: './',
  plugins: [react(), guardedPage()],
  server: { headers: devHeaders },
  preview: { headers: pageHeaders },
  worker: { format: 'es', plugins: () => [threadsSurviveMinifying()] },
  // HDF5 plugins are WebAssembly side modules that are loaded by address.
  assetsInclude: ['**/h5wasm-plugins/plugins/*.so', '**/*.cellsmith'],
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 6000,
    rolldownOptions: { output: { codeSplitting: { groups: PAGE_GROUPS } } },
  },
});
