import { afterAll, expect, it } from 'vitest';
import { runChaos } from '../../bench/chaos/chaos.ts';
import { startPostgres } from '../support/postgres.ts';

// The short form of `npm run chaos`: what must hold however slow the machine is.

const postgres = await startPostgres();
afterAll(postgres.stop);

const exact = { lost: 0, drift: 0, unrecorded: 0, doubled: 0, misbilled: 0, openAfterSigterm: 0 };

it.each([
  ['SQLite', async () => ({})],
  ['PostgreSQL', async () => ({ databaseUrl: await postgres.createDatabase() })],
] as const)(
  'a program on %s that is killed under load leaves one record of each admitted request, and caps that add up',
  { timeout: 120_000 },
  async (_store, database) => {
    const report = await runChaos({
      ...(await database()),
      kills: 2,
      seed: 20_260_101,
      streams: 16,
      wholes: 2,
      say: () => {},
    });
    expect(report).toMatchObject(exact);
    expect(report.admitted).toBeGreaterThan(20);
    expect(report.terminations.crash).toBeGreaterThan(0);
    expect(report.overshoot).toBeLessThanOrEqual(report.overshootBound);
  },
);
