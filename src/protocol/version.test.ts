import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cellsmithVersion } from './version.ts';

it('is the version of package.json', () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  expect(cellsmithVersion).toBe((JSON.parse(text) as { version: string }).version);
});
