/**
 * @file Writes THIRD_PARTY.md from the licences of the installed packages, and refuses packages with an unwelcome licence.
 *
 * node scripts/third-party.mjs           writes THIRD_PARTY.md
 * node scripts/third-party.mjs --check   only compares; exit status 1 if it is out of date
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/build.mjs';
import { isWelcome, licenceOf, licenceText } from './lib/licences.mjs';

const target = join(root, 'THIRD_PARTY.md');

/** Every package of the lock file that is installed; optional ones depend on the machine and are checked, not listed. */
function installedPackages() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '' && existsSync(join(root, path, 'package.json')))
    .map(([path, entry]) => {
      const folder = join(root, path);
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const licence = licenceOf(folder);
      const isTypes = /^@types\/|\/types$/.test(name);
      const listed = !entry.dev && !entry.devOptional && !entry.optional && !isTypes;
      return { name, version, folder, licence, listed };
    });
}

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function page(packages) {
  const unique = new Map(packages.map((entry) => [`${entry.name} ${entry.version}`, entry]));
  const listed = [...unique.entries()].sort(([a], [b]) => order(a, b)).map(([, entry]) => entry);
  const texts = new Map();
  for (const entry of listed) {
    const text = licenceText(entry.folder);
    if (text) texts.set(text, [...(texts.get(text) ?? []), entry.name]);
  }
  const rows = listed.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`);
  const sections = [...texts].map(([text, names]) => {
    const fence = '`'.repeat(
      Math.max(3, ...(text.match(/`+/g) ?? []).map((run) => run.length + 1)),
    );
    return `### ${[...new Set(names)].join(', ')}\n\n${fence}text\n${text}\n${fence}`;
  });
  return `# Third-party software

Cellsmith is under the MIT licence (see LICENSE). It is built on the packages below, which the page or the
command line contain or load. The file is written by \`node scripts/third-party.mjs\`; a test keeps it up to date.

h5wasm was developed at the National Institute of Standards and Technology (NIST), which is acknowledged as its source.
It contains the HDF5 library, copyright The HDF Group, under a BSD-style licence.

| package | version | licence |
| --- | --- | --- |
${rows.join('\n')}

## Licence texts

${sections.join('\n\n')}
`;
}

const packages = installedPackages();
const unwelcome = packages.filter(({ licence }) => !isWelcome(licence));
for (const { name, version, licence } of unwelcome) {
  console.error(`${name} ${version} is under "${licence}", which this project does not take in.`);
}
if (unwelcome.length > 0) process.exit(1);

const text = page(packages.filter(({ listed }) => listed));
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
  console.error('THIRD_PARTY.md is out of date. Run: node scripts/third-party.mjs');
  process.exitCode = 1;
}
