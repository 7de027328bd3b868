import { randomUUID } from 'node:crypto';
import { RetakeError } from '../errors.ts';
import type { Database } from './database.ts';
import { type DisclosureRow, type PersonRow, type ReleaseRow, toDisclosure, toPerson, toRelease } from './rows.ts';
import type { Appearance, Disclosure, Person, Release } from './take.ts';

/** Who is in the takes, what they consented to, and how it was disclosed that a clip is generated. */
export class Consent {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  addPerson(person: Omit<Person, 'id'>): Person {
    const id = `person_${randomUUID()}`;
    this.#database.run('INSERT INTO people (id, name, public_figure, note, created_at) VALUES (?, ?, ?, ?, ?)', [
      id,
      person.name,
      person.publicFigure ? 1 : 0,
      person.note ?? null,
      this.#now(),
    ]);
    return { id, ...person };
  }

  people(): Person[] {
    return this.#database.all<PersonRow>('SELECT * FROM people ORDER BY name, rowid').map(toPerson);
  }

  /** A release file is kept by path and hash: whoever checks later can prove that it is the file that was signed. */
  addRelease(release: Omit<Release, 'id'>): Release {
    const id = `rel_${randomUUID()}`;
    this.#person(release.person);
    this.#database.run(
      `INSERT INTO releases (id, person, covers, file, sha256, scope, granted_at, expires_at, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        id,
        release.person,
        JSON.stringify(release.covers),
        release.file,
        release.sha256,
        release.scope ?? null,
        time(release.grantedAt, 'grantedAt'),
        time(release.expiresAt, 'expiresAt'),
        this.#now(),
      ],
    );
    return { id, ...release };
  }

  releases(person: string): Release[] {
    return this.#database
      .all<ReleaseRow>('SELECT * FROM releases WHERE person = ? ORDER BY created_at, rowid', [person])
      .map(toRelease);
  }

  /** Says that a person can be seen (and heard, when `speaks`) in a take. */
  appear(take: string, person: string, { speaks = false, role }: { speaks?: boolean; role?: string } = {}): void {
    this.#person(person);
    this.#database.run(
      `INSERT INTO take_people (take, person, speaks, role) VALUES (?, ?, ?, ?)
       ON CONFLICT (take, person) DO UPDATE SET speaks = excluded.speaks, role = excluded.role`,
      [take, person, speaks ? 1 : 0, role ?? null],
    );
  }

  appearances(take: string): Appearance[] {
    return this.#database
      .all<PersonRow & { speaks: number; role: string | null }>(
        `SELECT people.*, take_people.speaks, take_people.role FROM take_people
         JOIN people ON people.id = take_people.person WHERE take = ? ORDER BY name`,
        [take],
      )
      .map(row => ({
        person: toPerson(row),
        speaks: row.speaks === 1,
        ...(row.role === null ? {} : { role: row.role }),
        releases: this.releases(row.id),
      }));
  }

  disclose(disclosure: Omit<Disclosure, 'id' | 'createdAt'>): Disclosure {
    const id = `disc_${randomUUID()}`;
    this.#database.run('INSERT INTO disclosures (id, take, method, text, who, created_at) VALUES (?, ?, ?, ?, ?, ?)', [
      id,
      disclosure.take,
      disclosure.method,
      disclosure.text,
      disclosure.who ?? null,
      this.#now(),
    ]);
    return this.disclosures(disclosure.take).find(one => one.id === id)!;
  }

  disclosures(take: string): Disclosure[] {
    return this.#database
      .all<DisclosureRow>('SELECT * FROM disclosures WHERE take = ? ORDER BY created_at, rowid', [take])
      .map(toDisclosure);
  }

  #person(id: string): void {
    if (this.#database.get('SELECT 1 FROM people WHERE id = ?', [id]) === undefined) {
      throw new RetakeError('usage', `no person "${id}"`);
    }
  }
}

function time(text: string | undefined, name: string): number | null {
  if (text === undefined) return null;
  const value = Date.parse(text);
  if (Number.isNaN(value)) throw new RetakeError('usage', `${name}: "${text}" is not a date`);
  return value;
}
