import { defineConfig } from 'vitest/config';
import { ClosingLineReporter } from './test/support/closing-line-reporter.ts';
import { LongestFirst } from './test/support/longest-first.ts';

// graphql 17 exports a `development` copy of itself. Vite would resolve it one way for our sources and Node another way for
// Pothos, and two copies of graphql refuse each other's schemas. These conditions make both take the plain entry.
export default defineConfig({
  ssr: {
    resolve: {
      conditions: ['module-sync', 'node', 'development|production'],
      externalConditions: ['module-sync', 'node'],
    },
  },
  test: {
    reporters: ['default', new ClosingLineReporter()],
    // vitest would leave a core idle, which on a machine with two is half of it.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    // Guards against hanging, wide enough for a machine that is slow and busy.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      // Most files would spend more time on importing the same modules again than on their tests. Nothing in the sources remembers
      // anything outside of what a test creates, so that files can share a process.
      {
        extends: true,
        test: { name: 'parts', include: ['test/**/*.test.ts'], exclude: ['test/e2e/**'], isolate: false },
      },
      { extends: true, test: { name: 'whole', include: ['test/e2e/**/*.test.ts'] } },
    ],
  },
});
