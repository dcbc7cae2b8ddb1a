import type { Reporter, TestCase, TestModule } from 'vitest/node';

/**
 * Prints the line that continuous integration reads, `N passed, N failed, N skipped`, as the very last one, after the name of each
 * skipped test. With CI=true a skip is a failure: there everything must be installed.
 */
export class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    const skipped = inState('skipped');
    const brokenModules = modules.filter(
      (module) => module.state() === 'failed' && [...module.children.allTests('failed')].length === 0,
    );
    const failed = inState('failed').length + brokenModules.length + unhandledErrors.length;

    for (const test of skipped) console.log(`skipped: ${nameOf(test)}${reasonOf(test)}`);
    if (skipped.length > 0 && process.env.CI === 'true') {
      console.log('With CI=true nothing may be skipped.');
      process.exitCode = 1;
    }
    // After the default reporter's summary, which is printed in the same turn.
    process.on('exit', () => {
      const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
      console.log(`${inState('passed').length} passed, ${failed} failed${skips}`);
    });
  }
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return result.state === 'skipped' && result.note !== undefined ? ` (${result.note})` : '';
}
