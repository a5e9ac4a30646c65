/** @file An answer that is asked for anew whenever its question changes; older answers are dropped. */
import { useEffect, useState } from 'react';
import { showError } from '../../state/actions/alerts.ts';
import { StudioError } from '../../protocol/errors.ts';

/** The newest answer, and whether a newer one is on its way. */
export interface Asked<T> {
  readonly answer: T | null;
  readonly waiting: boolean;
  /** The question that the answer belongs to. */
  readonly question: string;
}

/** Asks once a question; `ask` may change with every render, only a new question asks again. */
export function useAsked<T>(question: string, ask: () => Promise<T | null>): Asked<T> {
  const [state, setState] = useState<Asked<T>>({ answer: null, waiting: true, question: '' });
  useEffect(() => {
    let alive = true;
    ask().then(
      (answer) => {
        if (alive) setState({ answer, waiting: false, question });
      },
      (thrown: unknown) => {
        if (!alive) return;
        setState({ answer: null, waiting: false, question });
        if (StudioError.from(thrown).code !== 'cancelled')
          showError(thrown, 'The cells are unchanged.');
      },
    );
    return () => {
      alive = false;
    };
    // the question says everything that the answer depends on
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [question]);
  return { ...state, waiting: state.waiting || state.question !== question };
}
