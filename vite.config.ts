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
  worker: { format: 'es' },
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
