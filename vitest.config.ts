import { defineConfig } from 'vitest/config';
import { ClosingLineReporter } from './test/support/closing-line-reporter.ts';

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
    include: ['test/**/*.test.ts'],
    reporters: ['default', new ClosingLineReporter()],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
