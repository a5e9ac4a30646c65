/** @file Which genes are filled. */
import type { ModelInfo } from '../../protocol/model.ts';
import { setApply } from '../../state/actions/apply.ts';
import { namesIn } from '../../state/apply-choice.ts';
import { useApply } from '../../state/apply.ts';
import { formatNumber } from '../../state/format.ts';
import { Stepper } from '../controls/Stepper.tsx';

/** The form of the imputation. */
export function ImputeForm({ info }: { info: ModelInfo }) {
  const choices = useApply((state) => state.choices.impute);
  const named = namesIn(choices.genes).length;
  return (
    <div className="pairs settings">
      <label className="use-wide use-genes">
        <span className="lab">
          Genes{' '}
          <span className="mute">
            {named > 0 ? formatNumber(named) : `all ${formatNumber(info.nGenes)} of the model`}
          </span>
        </span>
        <input
          type="text"
          className="field text"
          aria-label="Genes to fill"
          placeholder="all, or names: CD3D, LYZ"
          spellCheck={false}
          autoComplete="off"
          value={choices.genes}
          onChange={(event) => setApply('impute', { genes: event.currentTarget.value })}
        />
      </label>
      <span className="lab">Passes</span>
      <Stepper
        label="Passes"
        value={choices.passes}
        min={2}
        max={30}
        onChange={(passes) => setApply('impute', { passes })}
      />
      <label className="row use-wide">
        <input
          type="checkbox"
          className="check"
          checked={choices.test}
          onChange={(event) => setApply('impute', { test: event.currentTarget.checked })}
        />
        Test on hidden counts of held-out cells
      </label>
    </div>
  );
}
