/**
 * The ledger's history of shapes. Each entry takes a file from version i to i + 1; entries are only ever appended,
 * because files that went through the old ones exist. Times are milliseconds since 1970, money is in millionths.
 */
export const migrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE takes (
      id TEXT PRIMARY KEY, shot TEXT, provider TEXT, model TEXT, prompt TEXT, negative_prompt TEXT, seed TEXT,
      parameters TEXT NOT NULL DEFAULT '{}', refs TEXT NOT NULL DEFAULT '[]',
      parent TEXT REFERENCES takes(id), relation TEXT, provider_job TEXT,
      sha256 TEXT, bytes INTEGER, path TEXT, cost INTEGER, currency TEXT,
      status TEXT NOT NULL DEFAULT 'present' CHECK (status IN ('pending', 'present', 'failed')),
      note TEXT, created_at INTEGER NOT NULL, generated_at INTEGER, completed_at INTEGER)`,
    `CREATE UNIQUE INDEX takes_job ON takes(provider, provider_job) WHERE provider_job IS NOT NULL`,
    `CREATE INDEX takes_sha256 ON takes(sha256)`,
    `CREATE INDEX takes_parent ON takes(parent)`,
    `CREATE INDEX takes_shot ON takes(shot)`,
    `CREATE TABLE policies (hash TEXT PRIMARY KEY, name TEXT NOT NULL, json TEXT NOT NULL)`,
    `CREATE TABLE reports (
      id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, policy_hash TEXT NOT NULL, decision TEXT NOT NULL,
      tool_version TEXT NOT NULL, json TEXT NOT NULL, created_at INTEGER NOT NULL)`,
    `CREATE INDEX reports_clip ON reports(sha256, policy_hash)`,
    `CREATE TABLE decisions (
      id TEXT PRIMARY KEY, take TEXT NOT NULL REFERENCES takes(id), report TEXT REFERENCES reports(id),
      kind TEXT NOT NULL CHECK (kind IN ('verdict', 'approve', 'reject', 'waive')),
      who TEXT NOT NULL, reason TEXT, finding TEXT, until INTEGER, created_at INTEGER NOT NULL)`,
    `CREATE INDEX decisions_take ON decisions(take)`,
    `CREATE TABLE people (
      id TEXT PRIMARY KEY, name TEXT NOT NULL, public_figure INTEGER NOT NULL DEFAULT 0, note TEXT,
      created_at INTEGER NOT NULL)`,
    `CREATE TABLE releases (
      id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people(id), covers TEXT NOT NULL, file TEXT NOT NULL,
      sha256 TEXT NOT NULL, scope TEXT, granted_at INTEGER, expires_at INTEGER, created_at INTEGER NOT NULL)`,
    `CREATE TABLE take_people (
      take TEXT NOT NULL REFERENCES takes(id), person TEXT NOT NULL REFERENCES people(id),
      speaks INTEGER NOT NULL DEFAULT 0, role TEXT, PRIMARY KEY (take, person))`,
    `CREATE TABLE disclosures (
      id TEXT PRIMARY KEY, take TEXT NOT NULL REFERENCES takes(id), method TEXT NOT NULL, text TEXT NOT NULL,
      who TEXT, created_at INTEGER NOT NULL)`,
  ],
  [
    `CREATE TABLE jobs (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, key TEXT UNIQUE,
      payload TEXT NOT NULL, progress TEXT NOT NULL DEFAULT '{}', result TEXT,
      state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'parked', 'cancelled')),
      priority INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, crashes INTEGER NOT NULL DEFAULT 0,
      ready_at INTEGER NOT NULL, owner TEXT, token INTEGER NOT NULL DEFAULT 0, lease_until INTEGER,
      cancel INTEGER NOT NULL DEFAULT 0, error_code TEXT, error TEXT,
      created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)`,
    // One point of priority is worth a minute of waiting, so nothing starves; the order is indexed as it is asked for.
    `CREATE INDEX jobs_ready ON jobs(state, (ready_at - priority * 60000), seq)`,
    `CREATE INDEX jobs_due ON jobs(state, ready_at)`,
    `CREATE TABLE judgements (
      sha256 TEXT NOT NULL, policy_hash TEXT NOT NULL, job TEXT NOT NULL, report TEXT REFERENCES reports(id),
      claimed_at INTEGER NOT NULL, PRIMARY KEY (sha256, policy_hash))`,
    `CREATE TABLE events (
      provider TEXT NOT NULL, event TEXT NOT NULL, received_at INTEGER NOT NULL, PRIMARY KEY (provider, event))`,
    `CREATE TABLE campaigns (
      root TEXT PRIMARY KEY REFERENCES takes(id),
      state TEXT NOT NULL CHECK (state IN ('running', 'clean', 'stopped', 'human')),
      reason TEXT, best TEXT REFERENCES takes(id), created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)`,
    `CREATE TABLE spend (
      id TEXT PRIMARY KEY, root TEXT NOT NULL REFERENCES takes(id), try INTEGER NOT NULL, provider TEXT NOT NULL,
      day TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('reserved', 'sent', 'settled', 'released')),
      plan TEXT NOT NULL, take TEXT REFERENCES takes(id), created_at INTEGER NOT NULL, UNIQUE (root, try))`,
    `CREATE INDEX spend_day ON spend(day, currency)`,
  ],
  // Another version of the tool may judge otherwise: its verdict is one of its own.
  [
    `CREATE TABLE judgements_by_tool (
      sha256 TEXT NOT NULL, policy_hash TEXT NOT NULL, tool_version TEXT NOT NULL, job TEXT NOT NULL,
      report TEXT REFERENCES reports(id), claimed_at INTEGER NOT NULL,
      PRIMARY KEY (sha256, policy_hash, tool_version))`,
    `INSERT INTO judgements_by_tool
      SELECT judgements.sha256, judgements.policy_hash, reports.tool_version, job, report, claimed_at
      FROM judgements JOIN reports ON reports.id = judgements.report`,
    `DROP TABLE judgements`,
    `ALTER TABLE judgements_by_tool RENAME TO judgements`,
  ],
  [`ALTER TABLE takes ADD COLUMN audio_plan TEXT`],
];
