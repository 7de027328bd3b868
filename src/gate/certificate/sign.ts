import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { RetakeError } from '../../errors.ts';
import { canonical } from '../../policy.ts';
import type { Certificate, CertificateRecord } from './schema.ts';

/** What is signed begins with this, so that a signature is good for nothing else. */
const DOMAIN = 'retake-gate-certificate-v1\n';

export const digestOf = (record: CertificateRecord, files: Record<string, string>): string =>
  createHash('sha256').update(canonical({ record, files })).digest('hex');

/** A PEM private key for signing. Throws `options-invalid` when it is no Ed25519 key. */
export function readSigningKey(pem: string): KeyObject {
  return onlyEd25519(() => createPrivateKey(pem), 'The signing key');
}

/** A PEM public key (or the public half of a private one). Throws `options-invalid`. */
export function readVerifyingKey(pem: string): KeyObject {
  return onlyEd25519(() => createPublicKey(pem), 'The public key');
}

function onlyEd25519(read: () => KeyObject, what: string): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    throw new RetakeError('options-invalid', `${what} cannot be read as a PEM key.`, { cause, hint: KEY_HINT });
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new RetakeError('options-invalid', `${what} is ${key.asymmetricKeyType ?? 'not asymmetric'}, not Ed25519.`, {
      hint: KEY_HINT,
    });
  return key;
}

const KEY_HINT =
  'Make one with: openssl genpkey -algorithm ed25519 -out gate-key.pem; openssl pkey -in gate-key.pem -pubout -out gate-key.pub.pem';

/** The public half's bytes. */
const spki = (key: KeyObject): Buffer =>
  (key.type === 'private' ? createPublicKey(key as never) : key).export({ type: 'spki', format: 'der' });

/** First 16 bytes of the public key's sha-256, in groups: what people compare. */
const fingerprintOfKey = (der: Uint8Array): string =>
  createHash('sha256')
    .update(der)
    .digest('hex')
    .slice(0, 32)
    .replace(/(.{4})(?=.)/g, '$1 ');

export function signDigest(digest: string, key: KeyObject): NonNullable<Certificate['signature']> {
  const value = sign(null, Buffer.from(DOMAIN + digest), key).toString('base64');
  return { algorithm: 'Ed25519', publicKey: spki(key).toString('base64'), value };
}

/** Whether the signature fits the digest; `trusted` is null when no key was given to compare with. */
export function checkSignature(
  { digest, signature }: Pick<Certificate, 'digest' | 'signature'>,
  trusted?: KeyObject,
): { signed: boolean; valid: boolean; trusted: boolean | null; fingerprint: string | null } {
  if (signature === null) return { signed: false, valid: false, trusted: trusted ? false : null, fingerprint: null };
  const der = Buffer.from(signature.publicKey, 'base64');
  const fingerprint = fingerprintOfKey(der);
  try {
    const key = createPublicKey({ key: der, type: 'spki', format: 'der' });
    const valid =
      key.asymmetricKeyType === 'ed25519' &&
      verify(null, Buffer.from(DOMAIN + digest), key, Buffer.from(signature.value, 'base64'));
    return { signed: true, valid, trusted: trusted ? spki(trusted).equals(der) : null, fingerprint };
  } catch {
    return { signed: true, valid: false, trusted: trusted ? false : null, fingerprint };
  }
}
