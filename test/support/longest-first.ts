import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take several seconds, and about how many. Only the order counts: a new file that takes long is to stand here, too. */
const seconds: Readonly<Record<string, number>> = {
  'test/e2e/rest-proxies.test.ts': 65,
  'test/integration/simulation.test.ts': 55,
  'test/e2e/examples.test.ts': 40,
  'test/conformance/store-postgres.test.ts': 35,
  'test/e2e/start-and-stop.test.ts': 31,
  'test/e2e/chaos.test.ts': 30,
  'test/unit/storage/books.test.ts': 30,
  'test/integration/stream-faults.test.ts': 20,
  'test/e2e/store-outage.test.ts': 18,
  'test/e2e/memory.test.ts': 15,
  'test/e2e/poison.test.ts': 15,
  'test/conformance/local.test.ts': 14,
  'test/unit/providers/local/generation.test.ts': 13,
  'test/conformance/store-sqlite.test.ts': 12,
  'test/e2e/budget.test.ts': 12,
  'test/e2e/graphiql.test.ts': 12,
  'test/e2e/hang-up.test.ts': 12,
  'test/e2e/idempotency.test.ts': 12,
  'test/e2e/reload.test.ts': 10,
  'test/fuzz/keep-alive.test.ts': 10,
  'test/e2e/faults-under-load.test.ts': 9,
  'test/fuzz/compile-selection.test.ts': 8,
};
/** What a test of the whole program takes, most of it to start. */
const usualSecondsWhole = 3;

/**
 * Starts the files that take longest first, so that no core is idle while the other works on the last file. vitest itself knows only
 * from an earlier run what takes long, and a clean clone has none. Of the others, those that share a process come last.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => secondsOf(b) - secondsOf(a) || (nameOf(a) < nameOf(b) ? -1 : 1));
  }
}

const nameOf = ({ project, moduleId }: TestSpecification): string => moduleId.slice(project.config.root.length + 1);

const secondsOf = (file: TestSpecification): number =>
  seconds[nameOf(file)] ?? (file.project.config.isolate ? usualSecondsWhole : 0);
