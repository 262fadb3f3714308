import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { formatComparison } from '../../src/cli/comparison-table.ts';
import { compareResults } from '../../src/documents/compare.ts';
import { DocumentError, type ResultDocument, readResults } from '../../src/documents/read-results.ts';
import { renderReport } from '../../src/report/page.ts';

/** What came of a document: refused in a line, or shown. */
export type Fate = 'refused' | 'shown';

// What no figure is, and what a terminal or a browser would obey. Text of the documents has no such words by itself.
const wrongFigure = /(?<![\w"])-?(NaN|Infinity|undefined)(?![\w"])/;
const control = /[^\P{Cc}\t\n]|\p{Bidi_Control}/u;

/**
 * Reads a document, makes a page of it, and compares it with a good one: only a {@link DocumentError} may come out of that, and
 * nothing that is no figure may be shown.
 */
export async function tryDocument(file: string, text: string, good: ResultDocument): Promise<Fate> {
  writeFileSync(file, text);
  try {
    const documents = await readResults([file]);
    checkPage(renderReport(documents, { baseline: [good] }));
    checkPage(renderReport([good], { baseline: documents }));
    checkTable(compareOf([good], documents));
    checkTable(compareOf(documents, [good]));
    return 'shown';
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    assert.ok(error.message.length < 20_000, 'a message that nobody can read');
    return 'refused';
  }
}

/** Results that can't be compared are no fault. */
function compareOf(before: ResultDocument[], after: ResultDocument[]): string {
  try {
    return formatComparison(compareResults(before, after, 0.05), process.stdout);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return '';
  }
}

/** Options are shown as they stand. */
function checkPage(page: string): void {
  const shown = page.replaceAll(/<details><summary>Options<\/summary>.*?<\/details>/gs, '');
  assert.doesNotMatch(shown, wrongFigure);
  assert.doesNotMatch(page, control);
}

function checkTable(table: string): void {
  assert.doesNotMatch(table, wrongFigure);
  assert.doesNotMatch(table, control);
}
