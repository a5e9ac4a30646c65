/** @file Files appear under their name when they are whole: what is being written has another name, and goes when the writing ends early. */
import {
  accessSync,
  constants,
  existsSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { StudioError } from '../src/protocol/errors.ts';
import { INTERRUPTED, onInterrupt } from './interrupt.ts';

/** Writes a file, or leaves what was there. Error: export-failed. */
export async function writeWhole(path: string, content: Uint8Array | Blob): Promise<void> {
  const place = existsSync(path) ? realpathSync(path) : path;
  const part = inOneGo(place) ? null : `${place}.${process.pid}.part`;
  const undo = (): void => {
    if (part !== null) rmSync(part, { force: true });
  };
  const release = onInterrupt(() => {
    undo();
    process.stderr.write(`\n${path} was not written.\n`);
    process.exit(INTERRUPTED);
  });
  try {
    await write(part ?? place, content);
    if (part !== null) renameSync(part, place);
  } catch (thrown) {
    undo();
    throw failure(path, thrown);
  } finally {
    release();
  }
}

async function write(path: string, content: Uint8Array | Blob): Promise<void> {
  if (!(content instanceof Blob)) return writeFileSync(path, content);
  const stream = content.stream() as NodeStream;
  // Opened and closed here: a stream that opens its file by itself may do so after it was taken away.
  const file = await open(path, 'w');
  try {
    await pipeline(Readable.fromWeb(stream), file.createWriteStream());
  } finally {
    await file.close();
  }
}

/** Whether a place takes what is written and cannot be exchanged: a device, a pipe, a file in a folder that is closed to us. */
function inOneGo(place: string): boolean {
  if (!existsSync(place)) return false;
  if (!statSync(place).isFile()) return true;
  try {
    accessSync(dirname(place), constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

function failure(path: string, thrown: unknown): StudioError {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
  const why =
    code === 'ENOSPC'
      ? 'The disk is full. Make room, or choose another place.'
      : 'The system refused it. Choose another place.';
  return new StudioError('export-failed', `${path} could not be written.`, why, { path, code });
}
