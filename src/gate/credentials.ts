import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { oneLine } from '../errors.ts';
import { MANIFEST_BOX, mayHoldManifest } from './boxes.ts';

/** What a file's C2PA content credentials are worth. `signer` is who signed; a certificate's word, not checked by people. */
export interface Credentials {
  state: 'absent' | 'valid' | 'invalid' | 'unreadable';
  /** Common name of the signing certificate's issuer, as the manifest says. */
  signer: string | null;
  /** Whether the manifest says that the picture was generated. */
  declaresGenerated: boolean;
  /** Validation failures, C2PA's own codes. */
  failures: string[];
}

/** The reader takes a file into memory whole. */
const MOST_BYTES = 1024 * 1024 * 1024;

/** Media types that the C2PA reader knows, by extension. */
const TYPES: Record<string, string> = {
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.mov': 'video/quicktime',
  '.avi': 'video/avi',
  '.gif': 'image/gif',
};

/**
 * A certificate that leads to no root on a list is normal outside the large vendors: the manifest is then intact and
 * signed by somebody unknown, which is told by `signer` and not counted as invalid.
 */
const NOT_FATAL = ['signingCredential.untrusted', 'timeStamp.untrusted'];

/** Types whose boxes tell whether there is anything to read. */
const BOXED = ['video/mp4', 'video/quicktime'];

type Module = typeof import('@contentauth/c2pa-wasm');
let loading: Promise<Module> | null = null;

async function load(): Promise<Module> {
  loading ??= (async () => {
    const module = await import('@contentauth/c2pa-wasm');
    const require = createRequire(import.meta.url);
    module.initSync({ module: await readFile(require.resolve('@contentauth/c2pa-wasm/c2pa.wasm')) });
    return module;
  })();
  return loading;
}

/** Nothing is fetched: not manifests from addresses in the file, not revocation lists. */
const OFFLINE = JSON.stringify({ verify: { remote_manifest_fetch: false, ocsp_fetch: false } });

/** Reads and validates a file's content credentials. Never throws: what cannot be read is `unreadable`, with the reason. */
export async function readCredentials(path: string): Promise<Credentials> {
  const none: Credentials = { state: 'absent', signer: null, declaresGenerated: false, failures: [] };
  let marked = false;
  const type = TYPES[extname(path).toLowerCase()];
  if (type === undefined) return none;
  try {
    if (BOXED.includes(type) && !(await mayHoldManifest(path))) return none;
    const { size } = await stat(path);
    if (size > MOST_BYTES) return { ...none, state: 'unreadable', failures: [`larger than ${MOST_BYTES} bytes`] };
    const { WasmReader } = await load();
    const bytes = await readFile(path);
    marked = bytes.includes(MANIFEST_BOX) || bytes.includes('jumdc2pa');
    const reader = await WasmReader.fromBytes(type, bytes, OFFLINE);
    try {
      return describe(JSON.parse(reader.json()) as ManifestStore);
    } finally {
      reader.free();
    }
  } catch (thrown) {
    const message = oneLine(String((thrown as Error)?.message ?? thrown), 200);
    if (/JumbfNotFound/.test(message)) return none;
    // A file that cannot be taken apart has invalid credentials only where there are any.
    return { ...none, state: marked ? 'invalid' : 'unreadable', failures: [message] };
  }
}

interface ManifestStore {
  active_manifest?: string;
  validation_state?: string;
  validation_status?: { code?: string }[];
  manifests?: Record<
    string,
    { signature_info?: { issuer?: string; common_name?: string }; assertions?: { label?: string; data?: unknown }[] }
  >;
}

function describe(store: ManifestStore): Credentials {
  const manifest = store.manifests?.[store.active_manifest ?? ''];
  const failures = (store.validation_status ?? [])
    .map(({ code }) => String(code))
    .filter(code => !NOT_FATAL.includes(code));
  const signer = manifest?.signature_info?.common_name ?? manifest?.signature_info?.issuer ?? null;
  const generated = JSON.stringify(manifest?.assertions ?? []).includes('trainedAlgorithmicMedia');
  return {
    state: failures.length === 0 && store.validation_state !== 'Invalid' ? 'valid' : 'invalid',
    signer: signer === null ? null : oneLine(signer, 120),
    declaresGenerated: generated,
    failures: [...new Set(failures)].map(code => oneLine(code, 120)),
  };
}

/** In the words of a report. `stripped`: a source had credentials, the export has none. */
export function credentialsText(own: Credentials, sources: readonly Credentials[] = []): string {
  switch (own.state) {
    case 'valid':
      return 'present, valid';
    case 'invalid':
      return 'present, invalid';
    case 'unreadable':
      return 'not readable';
    case 'absent':
      return sources.some(({ state }) => state === 'valid' || state === 'invalid') ? 'stripped by export' : 'absent';
  }
}
