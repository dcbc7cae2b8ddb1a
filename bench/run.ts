// The measurements: see README.md beside this file.
import { parseArgs } from 'node:util';
import { printReport } from './report.ts';
import { requestCases } from './request-cases.ts';
import { runRounds } from './rounds.ts';
import { type BenchServer, type ServerName, starters, startUpstream } from './servers.ts';
import { streamCases } from './stream-cases.ts';

const allCases = [...streamCases, ...requestCases];
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
  },
});
const unknown = values.only.filter((name) => !allCases.some((each) => each.name === name));
if (unknown.length > 0) {
  console.error(`There is no case ${unknown.join(', ')}. There are ${allCases.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const cases = allCases.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
const scale = Number(values.scale);
const rounds = Number(values.rounds);

/** Tells a person who waits how far it is. */
const say = (what: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
};

const upstream = await startUpstream();
const started = new Map<ServerName, Promise<BenchServer>>();
const server = (name: ServerName) => {
  const starting = started.get(name) ?? starters[name](upstream);
  started.set(name, starting);
  return starting;
};
try {
  printReport(await runRounds(cases, { upstream, server, scale }, rounds, say), { rounds, scale, json: values.json });
} finally {
  for (const each of [upstream, ...(await Promise.all(started.values()))]) await each.stop();
}
