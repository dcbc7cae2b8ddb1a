import { parseArgs } from 'node:util';
import { systemClock } from '../src/clock.ts';
import { isPolicy, type Policy, policies } from './policies.ts';
import { type SimulationOptions, simulate } from './simulate.ts';
import { details, type TimedReport, tableHead, tableRow } from './table.ts';
import { missedTargets } from './targets.ts';

const usage = `npm run simulate -- [options]: plays the router against a simulated world, in virtual time.

  --policy NAME     ${Object.keys(policies).join(', ')}, or all of them; adaptive and naive where absent
  --rate R          arrivals a second
  --seed S
  --requests N      of each run
  --cycle SECONDS   how long the schedule of faults takes to pass once, at least 300
  --begin SECONDS   how far into a cycle a run begins
  --verbose         the failures, the shares of the providers and each fault under every row
  --json            one run, as one JSON object

Without --rate and --seed: four rates and two seeds, for each policy a million requests at 80 a second and fewer at the others, beside
each other.
`;

/** What runs where nothing is said: at which rates, with how many requests for each seed, and by whom. */
const longForm = [
  { rate: 1, requests: 10_000 },
  { rate: 80, requests: 500_000 },
  { rate: 200, requests: 200_000 },
  { rate: 300, requests: 150_000 },
];
const longFormSeeds = [1, 2];
const compared: readonly Policy[] = ['adaptive', 'naive'];
const onlyRun = { rate: 80, seed: 1, requests: 200_000 };
/** In a shorter cycle the outage, which does not shrink with it, would run into the next fault. */
const shortestCycleSeconds = 300;

const values = given();

if (values.help) process.stdout.write(usage);
else if (values.json) {
  const report = await timed({
    policy: policyNamed(values.policy) ?? 'adaptive',
    requests: whole('requests', values.requests) ?? onlyRun.requests,
    rate: positive('rate', values.rate) ?? onlyRun.rate,
    seed: whole('seed', values.seed) ?? onlyRun.seed,
    cycleSeconds: cycle(),
    beginSeconds: positive('begin', values.begin),
  });
  process.stdout.write(`${JSON.stringify(report, (_, value: unknown) => (value === undefined ? null : value))}\n`);
} else await printTable();

function given() {
  try {
    return parseArgs({
      options: {
        policy: { type: 'string' },
        rate: { type: 'string' },
        seed: { type: 'string' },
        requests: { type: 'string' },
        cycle: { type: 'string' },
        begin: { type: 'string' },
        verbose: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

async function printTable(): Promise<void> {
  const policies = policiesNamed(values.policy);
  const rate = positive('rate', values.rate);
  const seed = whole('seed', values.seed);
  const requests = whole('requests', values.requests);
  const rates =
    rate === undefined ? longForm : [{ rate, requests: onlyRun.requests, ...longForm.find((r) => r.rate === rate) }];
  const runs: TimedReport[] = [];

  process.stdout.write(tableHead());
  for (const row of rates) {
    for (const policy of policies) {
      for (const number of seed === undefined ? longFormSeeds : [seed]) {
        const run = await timed({
          policy,
          rate: row.rate,
          requests: requests ?? row.requests,
          seed: number,
          cycleSeconds: cycle(),
          beginSeconds: positive('begin', values.begin),
        });
        runs.push(run);
        process.stdout.write(tableRow(run) + (values.verbose ? details(run) : ''));
      }
    }
  }
  for (const [name, group] of Map.groupBy(runs, (run) => run.policy)) {
    const missed = missedTargets(group);
    process.stdout.write(`\n${name} misses ${missed.length === 0 ? 'no target' : `${missed.length} targets`}\n`);
    for (const sentence of missed) process.stdout.write(`  ${sentence}\n`);
  }
}

async function timed(options: SimulationOptions): Promise<TimedReport> {
  // Errors are part of the play here; where they were made is of interest only to whoever looks for a bug.
  if (!values.verbose) Error.stackTraceLimit = 0;
  const startedMs = systemClock.monotonic();
  const report = await simulate(options);
  return { ...report, wallSeconds: (systemClock.monotonic() - startedMs) / 1_000 };
}

function policyNamed(name: string | undefined): Policy | undefined {
  if (name === undefined || isPolicy(name)) return name;
  return refuse(`there is no policy ${name}`);
}

function policiesNamed(name: string | undefined): readonly Policy[] {
  if (name === 'all') return Object.keys(policies).filter(isPolicy);
  const only = policyNamed(name);
  return only === undefined ? compared : [only];
}

function cycle(): number | undefined {
  const seconds = positive('cycle', values.cycle);
  return seconds === undefined || seconds >= shortestCycleSeconds
    ? seconds
    : refuse(`a cycle takes at least ${shortestCycleSeconds} seconds`);
}

function positive(name: string, text: string | undefined): number | undefined {
  const number = Number(text);
  if (text === undefined) return undefined;
  return number > 0 && number < Number.MAX_SAFE_INTEGER
    ? number
    : refuse(`--${name} is not a positive number: ${text}`);
}

function whole(name: string, text: string | undefined): number | undefined {
  const number = positive(name, text);
  return number === undefined || Number.isInteger(number) ? number : refuse(`--${name} is not a whole number: ${text}`);
}

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n\n${usage}`);
  process.exit(2);
}
