/** @file The sentence first: headline, the numbers in plain words, each gap, what the cells are fit for, what to do. */
import type { UnseenResult, Verdict } from '../../protocol/judge.ts';
import type { PeaksPart } from '../../protocol/peaks.ts';
import { useStudio } from '../../state/store.ts';
import { Glyph } from '../controls/Icon.tsx';
import { insideWords, lights } from './lights.ts';
import { unseenWords } from './unseen-words.ts';

/** So many gaps stand open; more would push what to do out of sight, and the plot beside shows them all. */
const FEW = 2;

/** The words of a verdict. */
export function VerdictSummary({ verdict }: { verdict: Verdict }) {
  const { headline, sentence, numbers, fitFor, weakest, advice, notes, checks } = verdict;
  const gaps = checks.filter(({ inside }) => !inside);
  const right = checks.filter(({ inside }) => inside);
  return (
    <div className="verdict-words">
      {headline !== '' && <p className="headline">{headline}</p>}
      {sentence !== '' && <p>{sentence}</p>}
      {numbers !== '' && <p>{numbers}</p>}
      {verdict.decided && gaps.length > 0 && (
        <details className="checks-list" open={gaps.length <= FEW}>
          <summary>Outside the floor: {gaps.length}</summary>
          <ul>
            {gaps.map(({ id, light, says }) => (
              <li key={id} title={lights[light].word}>
                <Glyph kind={lights[light].glyph} />
                <span>{says}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {gaps.some(({ id }) => id === 'copies') && <FromControl />}
      <Advice advice={advice} />
      {verdict.decided && right.length > 0 && (
        <details className="checks-list">
          <summary>Inside the floor: {right.length}</summary>
          <ul>
            {right.map((check) => (
              <li key={check.id}>
                <Glyph kind={lights[check.light].glyph} />
                <span>{insideWords(check)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {weakest && <p>{weakest}</p>}
      {verdict.peaks && <Peaks peaks={verdict.peaks} alone={checks.length === 0} />}
      {fitFor !== '' && <p className="mute">{fitFor}</p>}
      <Unseen unseen={verdict.unseen} />
      {notes.map((note) => (
        <p className="small" key={note}>
          {note}
        </p>
      ))}
    </div>
  );
}

/** What to do, before what is right: a person looks for it under the gaps. */
function Advice({ advice }: { advice: readonly string[] }) {
  if (advice.length === 0) return null;
  return (
    <>
      <p className="strong what">What to do</p>
      <ul className="plain">
        {advice.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </>
  );
}

/** Why cells of a screen's model lie near training cells; nothing for other models. */
function FromControl() {
  const start = useStudio(({ model }) => model.info?.screen?.start ?? 'gaussian');
  if (start === 'gaussian') return null;
  return (
    <p>
      scDFM moves real control cells of the training data. Where a perturbation changes little, a
      cell stays near the one it began from and counts as its copy: it is no more anonymous than
      that. With “Noise” under Cells begin as in Model, cells begin from none.
    </p>
  );
}

/** The words on peaks; where they are all there is, their headline and first sentence stand above already. */
function Peaks({ peaks, alone }: { peaks: PeaksPart; alone: boolean }) {
  return (
    <>
      {!alone && <p className="strong what">{peaks.headline}</p>}
      {peaks.sentences.slice(alone ? 1 : 0).map((text) => (
        <p key={text}>{text}</p>
      ))}
    </>
  );
}

/** Combinations that were hidden from training. */
function Unseen({ unseen }: { unseen: readonly UnseenResult[] }) {
  if (unseen.length === 0) return null;
  return (
    <>
      <p className="strong what">Hidden from training</p>
      <ul className="plain">
        {unseen.map((result) => (
          <li key={result.value}>
            <Glyph kind={result.energy <= result.floor.high ? 'ok' : 'warn'} />
            <span>{unseenWords(result)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
