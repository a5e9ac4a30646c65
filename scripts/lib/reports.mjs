/** @file Reads the JSON reports of vitest and Playwright as numbers of tests. */

/**
 * Counts of a vitest JSON report. A file that failed before any of its tests ran counts as one failure.
 * @returns {{ passed: number, failed: number, leftOut: number }}
 */
export function vitestCounts(report) {
  const broken = report.testResults.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    leftOut: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * Counts of a Playwright JSON report. A test that passed only when tried again counts as failed.
 * @returns {{ passed: number, failed: number, leftOut: number }}
 */
export function playwrightCounts(report) {
  const { expected, unexpected, flaky, skipped } = report.stats;
  const failed = unexpected + flaky;
  return {
    passed: expected,
    failed: failed === 0 && report.errors.length > 0 ? 1 : failed,
    leftOut: skipped,
  };
}
