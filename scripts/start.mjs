/** @file npm start: builds the page if it is missing or older than its sources, then serves it. */
import { build, isBuilt } from './lib/build.mjs';
import { main, serve } from './lib/serve-page.mjs';

await main(async () => {
  if (!isBuilt()) {
    console.log('Building the page (once; a few seconds) …');
    if (!(await build())) throw new Error('The build failed; its messages stand above.');
  }
  await serve();
});
