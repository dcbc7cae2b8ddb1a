import { describe } from 'vitest';
import { testAnswers } from './adapter-answers.ts';
import { type AdapterUnderTest, createAdapterBench } from './adapter-bench.ts';
import { testConnections } from './adapter-connections.ts';
import { testFailures } from './adapter-failures.ts';

export { canaryKey } from './adapter-bench.ts';

/** Proves that an adapter keeps the contract of `Provider`, against a real upstream on loopback. */
export function describeAdapter(adapter: AdapterUnderTest): void {
  describe(`the ${adapter.name} adapter`, () => {
    const bench = createAdapterBench(adapter);
    testAnswers(adapter, bench);
    testFailures(adapter, bench);
    testConnections(adapter, bench);
  });
}
