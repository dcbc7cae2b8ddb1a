import { totalmem } from 'node:os';
import { machineFacts, machineLine } from './machine.ts';
import type { CaseResult, SubjectResult } from './rounds.ts';

export interface ReportOptions {
  readonly rounds: number;
  readonly scale: number;
  readonly json: boolean;
}

/** Prints the results on standard output, as a table or as JSON. */
export function printReport(results: readonly CaseResult[], { rounds, scale, json }: ReportOptions): void {
  const facts = {
    ...machineFacts(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    rounds,
    scale,
  };
  if (json) {
    console.log(JSON.stringify({ ...facts, cases: results }, undefined, 2));
    return;
  }
  console.log(
    `${machineLine(facts)}, ${facts.memoryGiB} GiB, ` +
      `load ${facts.load.toFixed(1)}, ${rounds} rounds${scale === 1 ? '' : `, scale ${scale}`}\n`,
  );
  const rows = results.flatMap(({ name, title, unit, subjects }) =>
    subjects.map((each, index) => [
      index === 0 ? `${title} (${name}), ${unit}` : '',
      each.subject,
      shown(each.figure),
      ratioText(each),
    ]),
  );
  const table = [['what', 'subject', 'figure', '× first (least to greatest)'], ['---', '---', '---:', '---:'], ...rows];
  for (const row of table) console.log(`| ${row.join(' | ')} |`);
}

function ratioText({ ratio }: SubjectResult): string {
  return ratio === undefined ? '' : `**${shown(ratio.median)}** (${shown(ratio.least)} to ${shown(ratio.greatest)})`;
}

/** Three significant digits at most. */
function shown(figure: number): string {
  return Math.abs(figure) >= 100 ? figure.toFixed(0) : Number(figure.toPrecision(figure < 1 ? 2 : 3)).toString();
}
