/** @file The verdict at a glance, in the bottom bar: a filled pip inside the floor, a hollow one outside. */
import './verdict.css';
import { useStudio } from '../../state/store.ts';

/** Pips and "5 of 7"; nothing while there is no verdict. */
export function Pips() {
  const result = useStudio(({ verdict }) => verdict.result);
  if (!result?.decided) return null;
  return (
    <>
      <span className="pips" aria-hidden="true">
        {result.checks.map(({ id, inside }) => (
          <span key={id} className={`pip ${inside ? '' : 'out'}`} />
        ))}
      </span>
      <span>
        {result.passed} of {result.checks.length}
      </span>
    </>
  );
}
