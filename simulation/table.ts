import type { SimulationReport } from './simulate.ts';

/** A report with what only the machine knows. */
export interface TimedReport extends SimulationReport {
  /** Real time. */
  readonly wallSeconds: number;
}

const columns: readonly (readonly [title: string, of: (run: TimedReport) => string])[] = [
  ['policy', (run) => run.policy.padEnd(8)],
  ['rps', (run) => String(run.rate)],
  ['seed', (run) => String(run.seed)],
  ['requests', (run) => String(run.requests)],
  ['attainable', (run) => percent(run.attainableSuccess)],
  ['but for cuts', (run) => percent(run.attainableSuccessButForCuts)],
  ['att/req', (run) => run.attemptsPerRequest.toFixed(3)],
  ['in outage', (run) => run.attemptsPerRequestInOutage?.toFixed(2) ?? '–'],
  ['p50 ms', (run) => run.p50FirstTokenMs.toFixed(0)],
  ['p95 ms', (run) => run.p95FirstTokenMs.toFixed(0)],
  ['p99 ms', (run) => run.p99FirstTokenMs.toFixed(0)],
  ['ejected', (run) => String(run.ejectedPicks)],
  ['recovery s', (run) => (run.recoveryMs === undefined ? '–' : (run.recoveryMs / 1_000).toFixed(1))],
  ['cost', (run) => run.costRatio.toFixed(2)],
  ['hash', (run) => run.hash.slice(0, 8)],
  ['wall s', (run) => run.wallSeconds.toFixed(1)],
];

export function tableHead(): string {
  const titles = columns.map(([title], index) => (index === 0 ? title.padEnd(8) : title));
  return `| ${titles.join(' | ')} |\n| ${titles.map((title) => '-'.repeat(title.length)).join(' | ')} |\n`;
}

export function tableRow(run: TimedReport): string {
  return `| ${columns.map(([title, of]) => of(run).padStart(title.length)).join(' | ')} |\n`;
}

/** What a row has no room for: reasons, shares, and each fault. */
export function details(run: TimedReport): string {
  const counts = (record: Readonly<Record<string, number>>) =>
    Object.entries(record)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none';
  const faults = run.faults.map(
    ({ kind, startSeconds, requests, failed, attemptsPerRequest, recoveryMs }) =>
      `    ${kind.padEnd(12)} at ${startSeconds.toFixed(0)} s: ${failed} of ${requests} failed, ` +
      `${attemptsPerRequest.toFixed(2)} attempts a request, recovery ${recoveryMs?.toFixed(0) ?? '–'} ms\n`,
  );
  return (
    `  failures: ${counts(run.failures)}\n  served by: ${counts(run.servedBy)}\n` +
    `  excess trial calls: ${run.excessTrials}; cycle ${run.cycleSeconds} s; ${run.virtualSeconds.toFixed(0)} s of virtual time\n${faults.join('')}`
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)} %`;
}
