/** @file A helper thread of `cellsmith evaluate`: makes Node read TypeScript, then serves jobs of a judgement. */
import { register } from 'tsx/esm/api';

register();
await import('./judge-helper.ts');
