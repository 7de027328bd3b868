import { lookup as systemLookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import { oneLine, RetakeError } from '../../errors.ts';

export interface Address {
  address: string;
  family: 4 | 6;
}

/** Resolves a name to every address it has. */
export type Resolve = (host: string) => Promise<Address[]>;

export const systemResolve: Resolve = async host =>
  (await systemLookup(host, { all: true, verbatim: true })).map(({ address, family }) => ({
    address,
    family: family === 6 ? 6 : 4,
  }));

/** IPv6 that is handed out to the public internet: 2000::/3. What embeds IPv4 addresses in it has its own range name. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];
/** Set aside by RFC 2544, RFC 5737, RFC 9637 and friends; not all versions of the address library name them. */
const SET_ASIDE = ['198.18.0.0/15', '192.0.0.0/24', '192.88.99.0/24', '2001::/23', '2001:db8::/32', '3fff::/20'].map(
  range => ipaddr.parseCIDR(range),
);

/** True for an address of the public internet: not private, loopback, link-local, shared, multicast or set aside. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() !== 'unicast') return false;
  if (SET_ASIDE.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits))) return false;
  return address.kind() === 'ipv4' || (address as ipaddr.IPv6).match(GLOBAL_IPV6);
}

export interface AddressPolicy {
  /** Origins (`https://host:port`) that the user configured: reached wherever they are. */
  trusted?: readonly string[];
  /** Plain http to places that are not trusted. */
  allowHttp?: boolean;
  permits?: (address: string) => boolean;
  resolve?: Resolve;
}

/** The URL, when it may be asked for at all; otherwise throws `refused`. The address is checked again when connecting. */
export function checkUrl(text: string | URL, policy: AddressPolicy = {}): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new RetakeError('refused', `not a URL: ${oneLine(String(text), 120)}`);
  }
  const shown = oneLine(url.origin, 120);
  if (url.username !== '' || url.password !== '')
    throw new RetakeError('refused', `${shown}: a URL with a password in it`);
  if (isTrusted(url, policy)) return url;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && policy.allowHttp === true)) {
    throw new RetakeError('refused', `${oneLine(url.protocol, 20)} addresses are not fetched: ${shown}`, {
      hint: 'Give an https address, or list the origin under `trusted`.',
    });
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(host) && !(policy.permits ?? isPublicAddress)(host)) throw refusedAddress(shown);
  return url;
}

export const isTrusted = (url: URL, { trusted = [] }: AddressPolicy): boolean => trusted.includes(url.origin);

/**
 * The addresses that a name may be connected to. Refuses the name when any of its addresses is not public: a name that
 * points both inside and outside is an attack or a mistake.
 */
export async function resolvePublic(host: string, policy: AddressPolicy): Promise<Address[]> {
  const permits = policy.permits ?? isPublicAddress;
  const addresses = ipaddr.isValid(host)
    ? [{ address: host, family: ipaddr.process(host).kind() === 'ipv6' ? 6 : 4 } as Address]
    : await (policy.resolve ?? systemResolve)(host);
  if (addresses.length === 0) throw new RetakeError('download-failed', `${oneLine(host, 120)} has no address`);
  if (!addresses.every(({ address }) => permits(address))) throw refusedAddress(oneLine(host, 120));
  return addresses;
}

const refusedAddress = (what: string): RetakeError =>
  new RetakeError('refused', `${what} is not on the public internet`, {
    hint: 'Private, loopback and link-local addresses are only reached when their origin is listed under `trusted`.',
  });
