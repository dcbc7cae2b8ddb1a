import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createRandom } from '../../simulation/random.ts';
import { systemClock } from '../../src/clock.ts';
import { openStore } from '../../src/storage/open-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { type Audit, audit } from './audit.ts';
import { type Crowd, gather } from './crowd.ts';
import { type MortalProgram, startMortalProgram } from './program.ts';
import { completionNano, configurationOf, promptNano, setUpCallers } from './set-up.ts';
import { startSlowUpstream } from './upstream.ts';

export interface ChaosOptions {
  /** An empty PostgreSQL database; absent: a new SQLite file. */
  readonly databaseUrl?: string;
  readonly kills: number;
  readonly seed: number;
  readonly streams: number;
  readonly wholes: number;
  /** Tells a person who waits how far it is. */
  readonly say: (what: string) => void;
}

export interface ChaosReport extends Audit {
  readonly kills: number;
  readonly seed: number;
  /** How many records the program left open when it ended at SIGTERM, with requests running. */
  readonly openAfterSigterm: number;
  /** What `overshoot` may be at most, nano-dollars. */
  readonly overshootBound: number;
  readonly seconds: number;
}

/** How long the program lives at most once it is at work. */
const longestLifeMs = 1_500;
const atWorkWithinMs = 20_000;
const reapedWithinMs = 30_000;

/** Kills the program again and again under requests of all kinds, lets it come to rest, and reads its books. */
export async function runChaos({ databaseUrl, kills, seed, streams, wholes, say }: ChaosOptions): Promise<ChaosReport> {
  const startedMs = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'pointsman-chaos-'));
  const url = databaseUrl ?? join(directory, 'pointsman.db');
  const upstream = await startSlowUpstream(createRandom(seed, 'upstream'));
  const store = await openStore({ url, clock: systemClock, poolSize: 2 });
  let program: MortalProgram | undefined;
  const start = async () => {
    program = await startMortalProgram(directory, url);
    return program;
  };
  try {
    await writeFile(join(directory, 'pointsman.yaml'), JSON.stringify(configurationOf(upstream.url)));
    const callers = await setUpCallers(store, kills);
    const crowd = gather({ secrets: callers.secrets, streams, wholes, random: createRandom(seed, 'crowd') });
    const random = createRandom(seed, 'kills');
    for (let killed = 0; killed <= kills; killed += 1) {
      say(`${killed} of ${kills} kills`);
      const { url: address, kill } = await start();
      crowd.meet(address);
      await atWork(crowd, streams / 2);
      await setTimeout(random() * longestLifeMs);
      if (killed < kills) await crowd.part(kill);
    }
    say('ending');
    const dispersed = crowd.disperse();
    await program?.stop();
    const seen = await dispersed;
    await crowd.part(async () => {});
    const openAfterSigterm = await openIn(store);
    const last = await start();
    await reaped(store);
    await last.stop();
    program = undefined;
    say('reading the books');
    return {
      kills,
      seed,
      ...(await audit(store, callers, seen, upstream.users)),
      openAfterSigterm,
      overshootBound: boundFor(streams + wholes),
      seconds: (performance.now() - startedMs) / 1_000,
    };
  } finally {
    await program?.kill().catch(() => {});
    await upstream.close();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

const openIn = (store: Store) => store.generations.count('everyone', { state: 'open' });

/** Waits until so many more streams have begun, however slow the machine is. */
async function atWork({ told }: Crowd, streams: number): Promise<void> {
  const enough = told() + streams;
  const lastMs = performance.now() + atWorkWithinMs;
  while (told() < enough && performance.now() < lastMs) await setTimeout(5);
}

/** Waits until the program has settled what earlier runs of it left open; the audit finds what it does not. */
async function reaped(store: Store): Promise<void> {
  const lastMs = performance.now() + reapedWithinMs;
  while ((await openIn(store)) > 0 && performance.now() < lastMs) await setTimeout(100);
}

/**
 * Each running request may cost more than it holds by what it says between two looks at its reservation, 64 tokens, and by how far
 * the prompt was underestimated.
 */
const boundFor = (requests: number): number => requests * (64 * completionNano + 10 * promptNano);
