import { createHash, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { oneLine, RetakeError } from '../errors.ts';

type Headers = Record<string, string>;

/** Headers of a Standard Webhook for this body. `at` is a time in milliseconds. */
export function signWebhook(secret: string, id: string, body: string, at: number): Headers {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, new Date(at), body),
  };
}

/**
 * The id of a Standard Webhook whose signature and age hold; throws `refused` otherwise. `secrets` may hold several,
 * separated by spaces, while one is being replaced by another.
 */
export function verifyWebhook(secrets: string, body: string, headers: Headers): string {
  let last = 'no secret is set';
  for (const secret of secrets.split(/\s+/).filter(Boolean)) {
    try {
      new Webhook(secret).verify(body, headers, { jsonParse: false });
      return headers['webhook-id']!;
    } catch (error) {
      last = (error as Error).message;
    }
  }
  throw new RetakeError('refused', `signature: ${oneLine(last, 120)}`);
}

/** Compares without telling by its duration how much of the word was right. */
export function sameSecret(given: string | undefined, wanted: string | undefined): boolean {
  if (given === undefined || wanted === undefined || wanted === '') return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

/** The word after `Bearer`. */
export const bearer = (header: string | undefined): string | undefined => /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1];
