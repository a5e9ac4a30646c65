/** @file The one file input of the page, and the way other parts ask for it. */
import { openFile } from '../../state/actions/index.ts';

const INPUT_ID = 'open-data-file';

/** What the file dialog offers. */
export const ACCEPTED = '.h5ad,.h5mu,.h5,.loom,.zarr,.zip,.gz,.mtx,.csv,.tsv,.txt,.cellsmith';

/** Shows the browser's file dialog; only works within a click or key press. */
export function chooseFile(): void {
  document.getElementById(INPUT_ID)?.click();
}

/** The button "Open file": a label around the input "Open data file". `bare` leaves only the input (narrow screens). */
export function OpenFile({ bare = false }: { bare?: boolean }) {
  const input = (
    <input
      id={INPUT_ID}
      className="hidden"
      type="file"
      aria-label="Open data file"
      accept={ACCEPTED}
      multiple
      onChange={(event) => {
        const files = [...(event.currentTarget.files ?? [])];
        // so that the same file can be chosen again
        event.currentTarget.value = '';
        void openFile(files);
      }}
    />
  );
  return bare ? input : <label className="btn small-btn">Open file{input}</label>;
}
