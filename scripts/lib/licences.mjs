/** @file What licence a package is under, and whether this project may take it in. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Licences under which a package may be shipped or used for building. */
const WELCOME = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MPL-2.0',
  'NIST-Software',
  'OFL-1.1',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

const LICENCE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/** Licence and notice files of a package, as one text without trailing blanks; '' if it has none. */
export function licenceText(folder) {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name))
    .map((entry) => entry.name)
    .sort();
  return files
    .map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('\r', ''))
    .map((text) => text.replace(/[^\S\n]+$/gm, '').trim())
    .join('\n\n');
}

/** The SPDX expression of a package; one that points to a file is recognised by the words of that file. */
export function licenceOf(folder) {
  const { license, licenses } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const named = license ?? licenses?.map(({ type }) => type).join(' OR ');
  const expression = typeof named === 'object' ? named.type : named;
  if (expression && !/^see licen[cs]e/i.test(expression)) return expression;
  const text = licenceText(folder);
  if (text.includes('NIST-developed software is provided by NIST as a public service')) {
    return 'NIST-Software';
  }
  return expression ?? 'none stated';
}

/** Whether an SPDX expression can be met with welcome licences alone: all sides of AND, one side of OR. */
export function isWelcome(expression) {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  if (plain.includes('(')) return false;
  return plain
    .split(/ OR /i)
    .some((side) => side.split(/ AND /i).every((licence) => WELCOME.has(licence.trim())));
}
