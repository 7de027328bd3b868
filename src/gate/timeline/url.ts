/**
 * A media reference as a local path: file URLs of every editing system's spelling (`file:///a`, `file://localhost/a`,
 * `file://localhost/C%3a/a`), percent-encoded paths, plain paths. Null for addresses of other kinds.
 */
export function pathOfUrl(url: string): string | null {
  const text = url.trim();
  if (text === '' || text.length > 8192) return null;
  const local = /^file:(?:\/\/(?:localhost)?(?=\/))?(.*)$/is.exec(text);
  if (!local && /^[a-z][a-z0-9+.-]+:/i.test(text)) return null;
  const path = decode(local ? local[1] : text);
  if (path === '' || path.includes('\0')) return null;
  // `/C:/a` is a Windows path behind a URL's slash.
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
