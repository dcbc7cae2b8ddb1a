// What the books are worth when the program is killed: see README.md in the folder above.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startPostgres } from '../../test/support/postgres.ts';
import { type ChaosReport, runChaos } from './chaos.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    kills: { type: 'string', default: '20' },
    store: { type: 'string', default: 'sqlite' },
    /** Decides when the program is killed and what is asked; what happens then depends on the machine as well. */
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
if (
  !Number.isInteger(kills) ||
  kills < 0 ||
  !Number.isInteger(seed) ||
  !['sqlite', 'postgres'].includes(values.store)
) {
  console.error('Usage: --kills N --store sqlite|postgres [--seed N] [--json]');
  process.exit(2);
}

const say = (what: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
};
const postgres = values.store === 'postgres' ? await startPostgres() : undefined;
try {
  const databaseUrl = await postgres?.createDatabase();
  const report = await runChaos({
    ...(databaseUrl !== undefined && { databaseUrl }),
    kills,
    seed,
    streams: 50,
    wholes: 5,
    say,
  });
  say('');
  console.log(values.json ? JSON.stringify({ store: values.store, ...report }) : tableOf(report));
  if (report.lost !== 0 || report.drift !== 0) process.exitCode = 1;
} finally {
  await postgres?.stop();
}

function tableOf({ terminations, estimatedShare, ...report }: ChaosReport): string {
  const rows = [
    ['store', values.store],
    ...Object.entries(report).map(([name, figure]) => [name, String(Math.round(figure))]),
    ['estimatedShare', `${(estimatedShare * 100).toFixed(1)} %`],
    ...Object.entries(terminations).map(([name, count]) => [`ended as ${name}`, String(count)]),
  ];
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return rows.map(([name = '', figure]) => `${name.padEnd(width)}  ${figure}`).join('\n');
}
