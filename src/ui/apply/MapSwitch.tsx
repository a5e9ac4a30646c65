/** @file Shows the cells of an answer over the file's own map, or hides them. */

/** A button that stays pressed while they are shown. */
export function MapSwitch(props: { shown: boolean; onChange: (shown: boolean) => void }) {
  const { shown, onChange } = props;
  return (
    <button
      type="button"
      className="btn small-btn"
      aria-pressed={shown}
      onClick={() => onChange(!shown)}
    >
      {shown ? 'Show the usual map' : 'Show these cells'}
    </button>
  );
}
