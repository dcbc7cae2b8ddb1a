// What callers see while upstreams fail: see README.md in the folder above.
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { machineFacts, machineLine } from '../machine.ts';
import { startPointsman } from '../servers.ts';
import { createCallers } from './callers.ts';
import { watchEjections } from './ejections.ts';
import { startLoad } from './load.ts';
import { configurationFor, model, type UpstreamName, type Upstreams, upstreamsByName } from './set-up.ts';
import { tableOf } from './table.ts';
import { type Phase, tally } from './tally.ts';
import { type FaultyUpstream, startFaultyUpstream } from './upstream.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** Of each phase; one in which an upstream comes back begins to count when it is called again. */
    seconds: { type: 'string', default: '14' },
    /** Requests a second. */
    rate: { type: 'string', default: '40' },
  },
});
const phaseMs = Number(values.seconds) * 1_000;
const perSecond = Number(values.rate);
if (!(phaseMs > 0) || !(perSecond > 0)) {
  console.error('--seconds and --rate are numbers above 0.');
  process.exit(2);
}
/** An upstream that is not called again by then will not be. */
const longestReturnMs = 45_000;
const retryAfterSeconds = 2;
const firstContentMs = 3_000;
const warmUpMs = 5_000;

interface Step {
  readonly title: string;
  readonly upstream?: UpstreamName;
  readonly recovery?: boolean;
  readonly begin: (upstreams: Upstreams) => void | Promise<void>;
}

/** Every other step lets what has failed come back. */
const steps: readonly Step[] = [
  { title: 'quiet', begin: () => {} },
  { title: 'one is killed', upstream: 'amber', begin: ({ amber }) => amber.kill() },
  { title: 'it is back', upstream: 'amber', recovery: true, begin: ({ amber }) => amber.revive() },
  { title: 'one stalls', upstream: 'birch', begin: ({ birch }) => birch.behave({ name: 'stalls' }) },
  { title: 'it is back', upstream: 'birch', recovery: true, begin: ({ birch }) => birch.behave({ name: 'well' }) },
  {
    title: 'one limits',
    upstream: 'cedar',
    begin: ({ cedar }) => cedar.behave({ name: 'limits', perSecond: 2, retryAfterSeconds }),
  },
  {
    title: 'it no longer does',
    upstream: 'cedar',
    recovery: true,
    begin: ({ cedar }) => cedar.behave({ name: 'well' }),
  },
  {
    title: 'one cuts every third answer',
    upstream: 'amber',
    begin: ({ amber }) => amber.behave({ name: 'cuts', oneOf: 3 }),
  },
  { title: 'it is back', upstream: 'amber', recovery: true, begin: ({ amber }) => amber.behave({ name: 'well' }) },
];

const say = (what: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
};

const start = (name: UpstreamName) => startFaultyUpstream(upstreamsByName[name].manners);
const upstreams: Upstreams = {
  amber: await start('amber'),
  birch: await start('birch'),
  cedar: await start('cedar'),
  dune: await start('dune'),
};
const program = await startPointsman(configurationFor(upstreams, { birch: firstContentMs }));
const graphql = `${program.url}/graphql`;
const callers = createCallers(graphql, model);
const watch = watchEjections(graphql, model);
try {
  say('warming up');
  const warmUp = startLoad(callers, perSecond);
  await setTimeout(Math.min(warmUpMs, phaseMs));
  await warmUp.stop();

  const load = startLoad(callers, perSecond);
  const phases: Phase[] = [];
  for (const { title, upstream, recovery = false, begin } of steps) {
    say(upstream === undefined ? title : `${title} (${upstream})`);
    const fromMs = Date.now();
    await begin(upstreams);
    if (recovery && upstream !== undefined) await calledAgain(upstreams[upstream]);
    await setTimeout(phaseMs);
    phases.push({ title, upstream, recovery, fromMs, untilMs: Date.now() });
  }
  say('waiting for the last answers');
  const outcomes = await load.stop();
  const lastPhase = phases.pop();
  if (lastPhase !== undefined) phases.push({ ...lastPhase, untilMs: Date.now() });
  const reports = tally(outcomes, phases, watch.ejections, retryAfterSeconds * 1_000);
  say('');

  const facts = {
    ...machineFacts(),
    requestsPerSecond: perSecond,
    secondsPerPhase: phaseMs / 1_000,
    cpuSeconds: program.cpuMs() / 1_000,
  };
  if (values.json) console.log(JSON.stringify({ ...facts, phases: reports }, undefined, 2));
  else {
    console.log(
      `${machineLine(facts)}, load ${facts.load.toFixed(1)}, ` +
        `${perSecond} requests a second, ${facts.secondsPerPhase} s for each phase and for coming back\n\n${tableOf(reports)}`,
    );
  }
} finally {
  await watch.close();
  await callers.close();
  await program.stop();
  await Promise.all(Object.values(upstreams).map((upstream) => upstream.close()));
}

async function calledAgain({ calls }: FaultyUpstream): Promise<void> {
  const before = calls();
  const lastMs = performance.now() + longestReturnMs;
  while (calls() === before && performance.now() < lastMs) await setTimeout(50);
}
