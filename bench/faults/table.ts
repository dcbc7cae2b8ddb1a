import type { PhaseReport } from './tally.ts';

const columns: readonly (readonly [title: string, cell: (report: PhaseReport) => string])[] = [
  ['phase', ({ title, upstream }) => (upstream === null ? title : `${title} (${upstream})`)],
  ['requests', ({ requests }) => `${requests}`],
  ['answered', ({ answered }) => `${answered}`],
  ['failed', ({ failed }) => `${failed}`],
  ['broken after first content', ({ broken }) => `${broken}`],
  ['lost', ({ lost }) => `${lost}`],
  ['first content p50 ms', ({ p50FirstContentMs }) => shown(p50FirstContentMs)],
  ['p99 ms', ({ p99FirstContentMs }) => shown(p99FirstContentMs)],
  ['whole answer p99 ms', ({ p99WholeAnswerMs }) => shown(p99WholeAnswerMs)],
  ['calls/request', ({ attemptsPerRequest }) => shown(attemptsPerRequest, 3)],
  ['its calls/s before', ({ callsPerSecondBefore }) => shown(callsPerSecondBefore, 1)],
  ['left alone after s', ({ ejectedAfterSeconds }) => shown(ejectedAfterSeconds, 2)],
  ['its calls until then', ({ callsUntilEjection }) => shown(callsUntilEjection)],
  ['calls/s after that', ({ callsPerSecondAfter }) => shown(callsPerSecondAfter, 1)],
  ['calls before Retry-After ended', ({ earlyCalls }) => `${earlyCalls}`],
  ['answers again after s', ({ backAfterSeconds }) => shown(backAfterSeconds, 1)],
];

/** The reports as a Markdown table, and after it what the failures were. */
export function tableOf(reports: readonly PhaseReport[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const failures = reports.flatMap(({ title, errors }) => {
    const told = Object.entries(errors).map(([code, times]) => `${code} ${times} times`);
    return told.length === 0 ? [] : [`${title}: ${told.join(', ')}`];
  });
  return [
    row(columns.map(([title]) => title)),
    row(columns.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...reports.map((report) => row(columns.map(([, cell]) => cell(report)))),
    '',
    `Errors: ${failures.length === 0 ? 'none' : failures.join('; ')}.`,
  ].join('\n');
}

function shown(figure: number | null, digits = 0): string {
  return figure === null ? '' : figure.toFixed(digits);
}
