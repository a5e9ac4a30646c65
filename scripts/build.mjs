/** @file npm run build: builds the page into dist/. */
import { build } from './lib/build.mjs';
import { main } from './lib/serve-page.mjs';

await main(async () => {
  if (!(await build())) throw new Error('The build failed; its messages stand above.');
});
