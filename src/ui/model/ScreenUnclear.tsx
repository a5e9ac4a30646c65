/** @file Cells of a screen of which nobody knows what was perturbed in them: told, left out, brought back. */
import { leaveOut, leaveUnlabelled } from '../../state/actions/choices.ts';
import { countAsPerturbation } from '../../state/actions/screen.ts';
import { formatNumber } from '../../state/format.ts';
import { unclearValues, type FilledScreen } from '../../state/screen-choice.ts';
import { useStudio } from '../../state/store.ts';

/** A line for each such value, and one for cells without a value; nothing when all cells are clear. */
export function ScreenUnclear({ screen }: { screen: FilledScreen }) {
  const choices = useStudio((state) => state.choices);
  const { attribute, column } = screen;
  const values = unclearValues(screen, choices);
  const isOut = choices.leaveUnlabelled.includes(attribute);
  if (values.length === 0 && column.missing === 0) return null;
  return (
    <ul className="left-out" aria-label="Cells whose perturbation is not known">
      {values.map((own) => {
        const name = own.label.trim() === '' ? 'The empty value' : own.label;
        const words = own.isOut
          ? 'left out, it names no perturbation.'
          : 'learnt as if it were a perturbation.';
        return (
          <Line
            key={own.label}
            words={`${name}, ${cellsWords(own.cells)}: ${words}`}
            button={own.isOut ? 'Bring back' : 'Leave out'}
            about={own.isOut ? `Bring ${name} back` : `Leave ${name} out`}
            press={() =>
              own.isOut ? countAsPerturbation(attribute, own.label) : leaveOut(attribute, own.label)
            }
          />
        );
      })}
      {column.missing > 0 && (
        <Line
          words={`No value, ${cellsWords(column.missing)}: ${isOut ? 'left out.' : 'used for the components alone, no perturbation is learnt from them.'}`}
          button={isOut ? 'Use them' : 'Leave out'}
          about={`${isOut ? 'Use' : 'Leave out'} the cells that ${attribute} does not label`}
          press={() => leaveUnlabelled(attribute, !isOut)}
        />
      )}
    </ul>
  );
}

const cellsWords = (cells: number): string => `${formatNumber(cells)} ${cells === 1 ? 'cell' : 'cells'}`; // prettier-ignore

function Line(props: { words: string; button: string; about: string; press: () => void }) {
  const { words, button, about, press } = props;
  return (
    <li>
      <span className="mute">{words}</span>
      <button type="button" className="link" aria-label={about} onClick={press}>
        {button}
      </button>
    </li>
  );
}
