/** @file A tooltip that explains one word: after 400 ms, also on focus and touch. */
import { Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';

/** Explains its child; `text` ends with a full stop when it is a sentence. */
export function Tip({ text, children }: { text: string; children: ReactElement }) {
  return (
    <Tooltip
      label={text}
      openDelay={400}
      multiline
      events={{ hover: true, focus: true, touch: true }}
      classNames={{ tooltip: 'tip' }}
      zIndex={80}
      transitionProps={{ duration: 90 }}
    >
      {children}
    </Tooltip>
  );
}

/** The small i behind a word; its name is the question, its description the answer. */
export function Info({ question, answer }: { question: string; answer: string }) {
  return (
    <Tip text={answer}>
      <button type="button" className="info" aria-label={question} aria-description={answer}>
        i
      </button>
    </Tip>
  );
}
