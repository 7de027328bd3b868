import { oneLine } from '../errors.ts';
import type { Difference, LineageNode } from '../takes/history.ts';
import type { Ledger } from '../takes/ledger.ts';
import type { Take } from '../takes/take.ts';

/** Indented JSON with a line end. */
export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** One line: when, id, verdict, shot, who made it, and the prompt. */
export function takeLine(ledger: Ledger, take: Take): string {
  const decision = take.sha256 === undefined ? take.status : (ledger.reports(take.sha256)[0]?.decision ?? 'unjudged');
  const made = [take.provider, take.model].filter(Boolean).join('/') || '-';
  const cells = [take.createdAt.slice(0, 16), take.id.slice(0, 13), decision.padEnd(10), take.shot ?? '-', made];
  const seed = take.seed === undefined ? '' : ` seed ${take.seed}`;
  return `${cells.map(cell => oneLine(cell, 60)).join('  ')}${seed}  ${oneLine(take.prompt ?? '', 70)}\n`;
}

const shown = (value: unknown): string =>
  value === null ? '(none)' : oneLine(typeof value === 'string' ? value : JSON.stringify(value));

/** What two takes say of one field. */
export const differenceLines = ({ field, a, b }: Difference): string =>
  `${oneLine(field, 80)}\n  - ${shown(a)}\n  + ${shown(b)}\n`;

/** One take of a lineage, indented by its depth. */
export const lineageLine = ({ take, depth, decision }: LineageNode): string =>
  `${'  '.repeat(depth)}${take.id.slice(0, 13)} ${take.relation ?? 'first'} ${decision ?? take.status}  ${oneLine(take.prompt ?? '', 70)}\n`;
