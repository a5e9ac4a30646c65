/** @file The bar of something that runs. */

/** A named bar. @param share 0–1 @param text what is being done, for those who hear the bar */
export function ProgressBar(props: { label: string; share: number; text?: string }) {
  const { label, share, text } = props;
  return (
    <div
      className="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      aria-valuetext={text}
    >
      <b style={{ width: `${share * 100}%` }} />
    </div>
  );
}
