/** @file How many cells, from which noise, with which library sizes. */
import { newSeed, setCells, setLibrary, setSeed } from '../../state/actions/index.ts';
import { useStudio } from '../../state/store.ts';
import type { GuidanceState } from '../../state/types.ts';
import { Choice } from '../controls/Choice.tsx';
import { Icon } from '../controls/Icon.tsx';
import { Stepper } from '../controls/Stepper.tsx';
import { Info, Tip } from '../controls/Tip.tsx';

type LibraryMode = GuidanceState['librarySize']['mode'];

const modes: readonly { value: LibraryMode; label: string }[] = [
  { value: 'chosen', label: 'As in chosen cells' },
  { value: 'all', label: 'As in all cells' },
  { value: 'fixed', label: 'Fixed number' },
];

/** Number of cells, seed and library size. */
export function SampleSettings() {
  const { cells, seed, librarySize } = useStudio((state) => state.guidance);
  return (
    <section className="block">
      <div className="pairs sample">
        <span className="lab">Number of cells</span>
        <Stepper
          label="Number of cells"
          value={cells}
          min={1}
          max={100_000}
          step={100}
          onChange={setCells}
        />
        <span className="lab row">
          Seed
          <Tip text="A new seed: other noise, other cells.">
            <button type="button" className="tool mini" aria-label="New seed" onClick={newSeed}>
              <Icon name="dice" />
            </button>
          </Tip>
        </span>
        <Stepper label="Seed" value={seed} min={0} max={2 ** 32 - 1} onChange={setSeed} />
        <span className="lab row">
          Library size
          <Info
            question="What is library size?"
            answer="Total counts of a cell. As in chosen cells: made together with the cell, for its values. As in all cells: drawn from all training cells."
          />
        </span>
        <Choice
          label="Library size"
          entries={modes}
          value={librarySize.mode}
          onChange={(mode) => setLibrary({ mode: mode as LibraryMode })}
        />
        {librarySize.mode === 'fixed' && (
          <>
            <span className="lab">Counts per cell</span>
            <Stepper
              label="Counts per cell"
              value={librarySize.value}
              min={1}
              max={1_000_000}
              step={100}
              onChange={(value) => setLibrary({ value })}
            />
          </>
        )}
      </div>
    </section>
  );
}
