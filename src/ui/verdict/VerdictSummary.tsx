/** @file The sentence first: headline, how many checks, each gap with its number, what the cells are fit for, what to do. */
import type { Verdict } from '../../protocol/judge.ts';
import { Glyph } from '../controls/Icon.tsx';
import { lights } from './lights.ts';

/** The words of a verdict. */
export function VerdictSummary({ verdict }: { verdict: Verdict }) {
  const { headline, sentence, fitFor, weakest, advice, notes, checks } = verdict;
  const gaps = checks.filter(({ inside }) => !inside);
  return (
    <div className="verdict-words">
      {headline !== '' && <p className="headline">{headline}</p>}
      {sentence !== '' && <p className="sentence">{sentence}</p>}
      {verdict.decided && gaps.length > 0 && (
        <ul>
          {gaps.map(({ id, light, says }) => (
            <li key={id} title={lights[light].word}>
              <Glyph kind={lights[light].glyph} />
              <span>{says}</span>
            </li>
          ))}
        </ul>
      )}
      {weakest && <p>{weakest}</p>}
      {fitFor !== '' && <p className="mute">{fitFor}</p>}
      {advice.length > 0 && (
        <>
          <p className="strong what">What to do</p>
          <ul className="plain">
            {advice.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </>
      )}
      {notes.map((note) => (
        <p className="small" key={note}>
          {note}
        </p>
      ))}
    </div>
  );
}
