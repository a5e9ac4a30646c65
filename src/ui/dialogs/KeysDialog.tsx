/** @file The list of keys, the switch for single letters, and what is kept in this browser. */
import { Modal } from '@mantine/core';
import { forgetSession, openKeys, setSingleKeys } from '../../state/actions/index.ts';
import { useStudio } from '../../state/store.ts';
import { keyRows } from '../frame/key-map.ts';
import { dialogLook } from './dialog-look.ts';

/** Help: keys and saved work. */
export function KeysDialog() {
  const open = useStudio((state) => state.view.keysOpen);
  const singleKeys = useStudio((state) => state.view.singleKeys);
  return (
    <Modal {...dialogLook} opened={open} onClose={() => openKeys(false)} title="Keys">
      <dl className="keys">
        {keyRows.map(([keys, does]) => (
          <div className="key-row" key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label className="row keys-switch">
        <input
          type="checkbox"
          className="check"
          checked={singleKeys}
          onChange={(event) => setSingleKeys(event.currentTarget.checked)}
        />
        Single letters act outside text fields
      </label>
      <SavedWork />
    </Modal>
  );
}

function SavedWork() {
  const saved = useStudio((state) => state.saved);
  return (
    <div className="dialog-foot">
      <span className="mute">
        {saved
          ? 'A copy of your file and model is kept in this browser for your next visit.'
          : 'Nothing of yours is kept in this browser.'}
      </span>
      <span className="grow" />
      {saved && (
        <button type="button" className="btn" onClick={() => void forgetSession()}>
          Forget saved work in this browser
        </button>
      )}
    </div>
  );
}
