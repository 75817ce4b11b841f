import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULT_CODES } from './faults.js';
import { parseEvent } from './parse-event.js';
import { problemOf, type ProblemKind } from './problem.js';
import { MESSAGE_REASONS } from './quarantine.js';

const guide = readFileSync('docs/publish.md', 'utf8');
const rowsBelow = (heading: string): string[] => {
  const section = guide.slice(guide.indexOf(heading));
  const [, , ...rows] = section.slice(section.indexOf('\n|') + 1).split('\n');
  return rows.slice(
    0,
    rows.findIndex((row) => !row.startsWith('|')),
  );
};
const firstCells = (heading: string) =>
  rowsBelow(heading).map((row) => (row.split('|')[1] ?? '').replaceAll('`', '').trim());

describe('docs/publish.md', () => {
  it('explains every fault code, and none that is not', () => {
    expect(firstCells('## What each code means')).toEqual([...FAULT_CODES]);
  });

  it('explains every further reason of the quarantine, and none that is not', () => {
    expect(firstCells('Only in the quarantine')).toEqual([...MESSAGE_REASONS]);
  });

  it('says what to do about every code', () => {
    for (const row of [...rowsBelow('## What each code means'), ...rowsBelow('Only in the quarantine')]) {
      const cells = row.replaceAll('\\|', '').split('|').slice(1, -1);
      expect([row, cells.filter((cell) => cell.trim() !== '').length]).toEqual([row, 3]);
    }
  });

  it('names every status that a sender may be answered with', () => {
    const named = firstCells('## Over HTTP').flatMap((cell) => cell.split(', '));
    const kinds: ProblemKind[] = [
      ...([
        'malformed',
        'bad-request',
        'not-found',
        'method-not-allowed',
        'too-large',
        'uri-too-long',
      ] as const),
      ...(['unsupported-media-type', 'unacceptable', 'internal', 'unavailable'] as const),
    ];
    for (const kind of kinds) expect(named).toContain(String(problemOf(kind).status));
  });

  it('shows an event that is taken', () => {
    const [, event] = /```json\n([\s\S]*?)```/.exec(guide) ?? [];
    expect(parseEvent(JSON.parse(event ?? ''), 0)).toMatchObject({ ok: true });
  });

  it('leads to files that exist', () => {
    const links = [...guide.matchAll(/\]\(([^):#]+)\)/g)].map(([, path]) => path as string);
    expect(links.length).toBeGreaterThan(3);
    for (const path of links) expect(readFileSync(join('docs', path), 'utf8')).not.toBe('');
  });
});

/** The JSON texts in a program that are events. */
function eventsIn(program: string): unknown[] {
  const found: unknown[] = [];
  for (const { index } of program.matchAll(/\{\s*"specversion"/g)) {
    let depth = 0;
    let end = index;
    do {
      if (program[end] === '{') depth += 1;
      if (program[end] === '}') depth -= 1;
      end += 1;
    } while (depth > 0 && end < program.length);
    found.push(JSON.parse(program.slice(index, end)));
  }
  return found;
}

describe('the examples', () => {
  const programs = ['curl', 'java', 'csharp', 'php'].flatMap((folder) =>
    readdirSync(join('docs/examples', folder), { withFileTypes: true })
      .filter((file) => file.isFile() && file.name !== 'pom.xml')
      .map((file) => join('docs/examples', folder, file.name)),
  );
  it('are there in every language', () => expect(programs).toHaveLength(5));

  it.each(programs)('%s holds events that are taken', (path) => {
    const program = readFileSync(path, 'utf8');
    const events = eventsIn(program);
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) expect(parseEvent(event, 0)).toMatchObject({ ok: true });
  });
});
