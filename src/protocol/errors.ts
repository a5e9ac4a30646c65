/** @file Named errors: the only form in which a failure crosses a thread or reaches a person. */

/** Every failure has one of these codes; tests, the command line and the alert on the page rely on them. */
export type ErrorCode =
  | 'file-damaged'
  | 'not-h5ad'
  | 'no-counts'
  | 'bad-values'
  | 'empty-file'
  | 'too-few-cells'
  | 'too-few-genes'
  | 'bad-attribute'
  | 'too-big'
  | 'column-unreadable'
  | 'wrong-file'
  | 'bad-model'
  | 'no-gene'
  | 'device-lost'
  | 'out-of-memory'
  | 'worker-crashed'
  | 'diverged'
  | 'quota-full'
  | 'export-failed'
  | 'bad-request'
  | 'cancelled'
  | 'internal';

/** The plain form of a StudioError, as it is cloned between threads and printed by the command line. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  /** What happened, a short sentence with a full stop; shown in bold. */
  readonly title: string;
  /** Why, and what to do about it; whole sentences. */
  readonly message: string;
  /** Facts for the details view: file names, counts, the underlying message. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** An error for a person: says what happened (title), why and what to do (message). Never thrown as a bare string. */
export class StudioError extends Error {
  readonly code: ErrorCode;
  readonly title: string;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(
    code: ErrorCode,
    title: string,
    message: string,
    details: Record<string, string | number> = {},
  ) {
    super(message);
    this.name = 'StudioError';
    this.code = code;
    this.title = title;
    this.details = details;
  }

  /** The cloneable record of this error. */
  toRecord(): ErrorRecord {
    return { code: this.code, title: this.title, message: this.message, details: this.details };
  }

  /** Rebuilds the error from its record. */
  static fromRecord(record: ErrorRecord): StudioError {
    return new StudioError(record.code, record.title, record.message, { ...record.details });
  }

  /** Any thrown value as a StudioError; an unknown one becomes `internal` and keeps its message in the details. */
  static from(thrown: unknown): StudioError {
    if (thrown instanceof StudioError) return thrown;
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return cancelled();
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    return new StudioError(
      'internal',
      'Something went wrong inside Cellsmith.',
      'Your file and your model are unchanged. Try again; if it happens again, reload the page.',
      { cause: text },
    );
  }
}

/** The error of a call that its caller cancelled; never shown to a person. */
export function cancelled(): StudioError {
  return new StudioError('cancelled', 'Cancelled.', 'The work was cancelled.');
}
