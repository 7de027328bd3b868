import { oneLine } from '../errors.ts';
import type { Ledger } from '../takes/ledger.ts';
import type { Release, Take } from '../takes/take.ts';
import type { Problem } from './checks.ts';
import { hashFile } from './files.ts';

/** Where a take is used, for the message and the marker. */
export interface UsedTake {
  take: Take;
  /** Subject frames of its first use. */
  start: number;
  end: number;
}

/**
 * What stands against showing these takes: people without a release that covers likeness (and voice, when they speak)
 * on the day, public figures without rights that name what they are for, release files that are gone or changed. Also
 * takes that a person rejected.
 */
export async function checkPeople(ledger: Ledger, used: readonly UsedTake[], now: Date): Promise<Problem[]> {
  const problems: Problem[] = [];
  const files = new Map<string, Promise<string | null>>();
  for (const { take, start, end } of used) {
    const at = { start, end };
    const shown = `take ${take.id.slice(0, 13)}${take.shot ? ` (shot ${oneLine(take.shot, 60)})` : ''}`;
    const opinion = ledger.decisions(take.id).findLast(({ kind }) => kind === 'approve' || kind === 'reject');
    if (opinion?.kind === 'reject')
      problems.push({
        ...at,
        kind: 'rejected',
        message: `${shown} was rejected by ${oneLine(opinion.who, 80)}${opinion.reason ? `: ${oneLine(opinion.reason, 200)}` : ''}.`,
      });
    for (const { person, speaks, releases } of ledger.consent.appearances(take.id)) {
      const name = oneLine(person.name, 120);
      for (const what of speaks ? (['likeness', 'voice'] as const) : (['likeness'] as const)) {
        const covering = releases.filter(release => release.covers.includes(what));
        const valid = covering.filter(release => stateOf(release, now) === 'valid');
        if (valid.length === 0) problems.push({ ...at, ...lacking(name, what, covering, shown, now) });
      }
      if (person.publicFigure && !releases.some(release => stateOf(release, now) === 'valid' && release.scope?.trim()))
        problems.push({
          ...at,
          kind: 'public-figure',
          message: `${name} in ${shown} is a public figure, and no valid release says what it is for.`,
          advice: 'Record a release with its scope: retake takes release … --scope.',
        });
      for (const release of releases.filter(one => stateOf(one, now) === 'valid')) {
        if (!files.has(release.file))
          files.set(
            release.file,
            hashFile(release.file).catch(() => null),
          );
        const sha256 = await files.get(release.file);
        if (sha256 === release.sha256) continue;
        const what = sha256 === null ? 'is not there any more' : 'is not the file that was recorded';
        problems.push({
          ...at,
          kind: sha256 === null ? 'release-missing' : 'release-changed',
          message: `The release of ${name} for ${shown}, ${oneLine(release.file)}, ${what}.`,
        });
      }
    }
  }
  return problems;
}

function stateOf(release: Release, now: Date): 'valid' | 'expired' | 'early' {
  if (release.expiresAt !== undefined && Date.parse(release.expiresAt) <= now.getTime()) return 'expired';
  if (release.grantedAt !== undefined && Date.parse(release.grantedAt) > now.getTime()) return 'early';
  return 'valid';
}

function lacking(name: string, what: string, covering: readonly Release[], shown: string, now: Date): Problem {
  const expired = covering.find(release => stateOf(release, now) === 'expired');
  if (expired)
    return {
      kind: 'release-expired',
      message: `The ${what} release of ${name} for ${shown} expired on ${expired.expiresAt!.slice(0, 10)}.`,
    };
  if (covering.length > 0)
    return {
      kind: 'release-early',
      message: `The ${what} release of ${name} for ${shown} begins on ${covering[0].grantedAt!.slice(0, 10)}.`,
    };
  return {
    kind: 'release-missing',
    message: `${name} is in ${shown} without a release for ${what}.`,
    advice: `Record it: retake takes release <person> --file … --covers ${what}.`,
  };
}
