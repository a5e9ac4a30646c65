/** @file What `cellsmith info` says of a model file: how it was trained, what it knows, and the last verdict on it. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readModelFile } from '../src/models/model-file.ts';
import type { CheckSettings } from '../src/protocol/judge.ts';
import type { ModelInfo } from '../src/protocol/model.ts';
import { verdictRecord } from '../src/protocol/verdict-record.ts';

/** The document that `info` prints of a model. */
export interface ModelReport {
  readonly file: string;
  readonly format: 'cellsmith';
  readonly bytes: number;
  /** All but the table of combinations, which can be long. */
  readonly model: Omit<ModelInfo, 'bytes' | 'combinations'>;
  /** Null while nobody has judged the model. */
  readonly verdict: {
    readonly checked_at: string;
    readonly settings: CheckSettings;
    readonly record: ReturnType<typeof verdictRecord>;
  } | null;
}

/** Whether a name is that of a model file. */
export function isModelName(path: string): boolean {
  return /\.cellsmith$/i.test(path);
}

/** Reads a model file. Error: bad-model. */
export function reportModel(path: string): ModelReport {
  const bytes = new Uint8Array(readFileSync(path));
  const { info, verdict } = readModelFile(bytes);
  const { combinations: _, ...model } = info;
  return {
    file: basename(path),
    format: 'cellsmith',
    bytes: bytes.length,
    model,
    verdict: verdict
      ? {
          checked_at: verdict.checkedAt,
          settings: verdict.settings,
          record: verdictRecord(verdict.verdict),
        }
      : null,
  };
}
