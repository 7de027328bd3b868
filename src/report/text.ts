/** Characters that XML 1.0 forbids or that have no business in a line of text, apart from tab and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g;
/** Line and paragraph separators, and marks that reorder or hide text: a name must look like what it is. */
const DECEPTIVE = /[\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** Text with control characters and unpaired surrogates made visible as `�`, and invisible direction marks taken out. */
export const printable = (text: string): string =>
  text.toWellFormed().replace(UNPRINTABLE, '\ufffd').replace(DECEPTIVE, ' ');

/** Printable text on one line, at most `limit` characters. */
export function singleLine(text: string, limit = 500): string {
  const line = printable(text).replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : line;
}

const XML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text for XML content and quoted attributes. Line breaks become character references: attributes would lose them. */
export const escapeXml = (text: string): string =>
  printable(text)
    .replace(/[&<>"']/g, char => XML[char])
    .replace(/[\t\n\r]/g, char => `&#${char.charCodeAt(0)};`);

/** Last part of a path of either separator. */
export const baseName = (path: string): string => path.split(/[\\/]/).pop() || path;

/**
 * A path as a URI reference: `file:///…` when it is absolute (POSIX, `C:\…` or `\\server\share`), else relative with
 * every part encoded. Nothing in a name can end the reference or make it point elsewhere.
 */
export function pathToUri(path: string): string {
  const encode = (text: string): string =>
    text
      .split('/')
      .map(part =>
        encodeURIComponent(part.toWellFormed()).replace(
          /[!'()*]/g,
          char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
        ),
      )
      .join('/');
  if (/^[A-Za-z]:[\\/]/.test(path)) return `file:///${path.slice(0, 2)}${encode(path.slice(2).replaceAll('\\', '/'))}`;
  if (path.startsWith('\\\\')) return `file:${encode(path.replaceAll('\\', '/'))}`;
  if (path.startsWith('/')) return `file://${encode(path)}`;
  return encode(path);
}
