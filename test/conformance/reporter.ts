import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { outstandingReason } from './outstanding.ts';
import { readRows, type ConformanceRow } from './rows.ts';

const TARGET = new URL('../../docs/conformance.md', import.meta.url);

type Outcome = 'pass' | 'fail';

/**
 * Writes docs/conformance.md from the results of a run: a test stands for the row whose name it has
 * as its title. Of several with one title the worst counts.
 */
export default class ConformanceReporter implements Reporter {
  readonly #outcomes = new Map<string, Outcome>();

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    if (state !== 'passed' && state !== 'failed') return;
    const outcome = state === 'passed' ? 'pass' : 'fail';
    if (this.#outcomes.get(test.name) !== 'fail') this.#outcomes.set(test.name, outcome);
  }

  onTestRunEnd(_modules: readonly TestModule[]): void {
    writeFileSync(TARGET, this.#document(readRows()));
  }

  #document(rows: readonly ConformanceRow[]): string {
    const lines = rows.map((row) => ({ row, state: this.#stateOf(row) }));
    const counts = new Map<string, number>();
    for (const { state } of lines) counts.set(state.short, (counts.get(state.short) ?? 0) + 1);
    const summary = [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
    const areas = [...new Set(rows.map(({ area }) => area))];
    const tables = areas.map((area) => {
      const own = lines.filter(({ row }) => row.area === area);
      const body = own.map(
        ({ row, state }) => `| ${cell(row.name)} | ${cell(row.behaviour)} | ${state.text} |`,
      );
      return `## ${area}\n\n| test | what it wants | here |\n|---|---|---|\n${body.join('\n')}\n`;
    });
    return `# Conformance\n\nMade by \`npm run conformance\`: every upstream conformance test, and what a test of ours says about it. ${summary}.\n\n${tables.join('\n')}`;
  }

  #stateOf(row: ConformanceRow): { short: string; text: string } {
    const outcome = this.#outcomes.get(row.name);
    if (outcome !== undefined) return { short: outcome, text: outcome };
    const reason = outstandingReason(row);
    return reason === null
      ? { short: 'fail', text: 'fail: no test' }
      : { short: 'not applicable yet', text: `n/a: ${reason}` };
  }
}

/** Bars would end the cell, and angle brackets are no tags here. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
