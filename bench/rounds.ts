import type { Bench, Case } from './case.ts';
import { median } from './measure.ts';

/** What came out for one subject of a case. */
export interface SubjectResult {
  readonly subject: string;
  /** The median of the rounds. */
  readonly figure: number;
  /** Against the case's first subject: the median of the rounds' ratios, the least and the greatest. Absent for the first, and where that has 0. */
  readonly ratio?: { readonly median: number; readonly least: number; readonly greatest: number };
}

export interface CaseResult extends Pick<Case, 'name' | 'title' | 'unit'> {
  readonly subjects: readonly SubjectResult[];
}

/** Warms up, then measures every case in every round, its subjects forwards and backwards by turns. */
export async function runRounds(
  cases: readonly Case[],
  bench: Bench,
  rounds: number,
  say: (what: string) => void,
): Promise<readonly CaseResult[]> {
  const figures = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, subjects } of cases) {
      const order = Object.entries(subjects);
      for (const [subject, measure] of round % 2 === 0 ? order : order.toReversed()) {
        say(`${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}: ${name}, ${subject}`);
        const figure = await measure(round === 0 ? { ...bench, scale: bench.scale * 0.3 } : bench);
        if (round > 0) figures.set(keyOf(name, subject), [...(figures.get(keyOf(name, subject)) ?? []), figure]);
      }
    }
  }
  say('');
  return cases.map(({ name, title, unit, subjects }) => {
    const all = Object.keys(subjects).map((subject) => ({ subject, figures: figures.get(keyOf(name, subject)) ?? [] }));
    const [first, ...others] = all.map((each) => ({ subject: each.subject, figure: median(each.figures) }));
    const baseline = all[0]?.figures ?? [];
    return {
      name,
      title,
      unit,
      subjects:
        first === undefined
          ? []
          : [
              first,
              ...others.map((other, index) => ({ ...other, ...ratioOf(all[index + 1]?.figures ?? [], baseline) })),
            ],
    };
  });
}

function keyOf(name: string, subject: string): string {
  return `${name} ${subject}`;
}

function ratioOf(figures: readonly number[], baseline: readonly number[]): Pick<SubjectResult, 'ratio'> {
  const ratios = figures.map((figure, round) => figure / (baseline[round] ?? Number.NaN)).filter(Number.isFinite);
  if (ratios.length === 0) return {};
  return { ratio: { median: median(ratios), least: Math.min(...ratios), greatest: Math.max(...ratios) } };
}
