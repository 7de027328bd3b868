import { describe, expect, it } from 'vitest';
import { baseName, escapeXml, pathToUri, printable, singleLine } from '../../src/report/text.ts';

describe('pathToUri', () => {
  it.each([
    ['/a/b c.mp4', 'file:///a/b%20c.mp4'],
    ['a/ü?#%.mp4', 'a/%C3%BC%3F%23%25.mp4'],
    ['C:\\clips\\a b.mp4', 'file:///C:/clips/a%20b.mp4'],
    ['\\\\server\\share\\a.mp4', 'file://server/share/a.mp4'],
    ['http://evil/x.mp4', 'http%3A//evil/x.mp4'],
    ['javascript:alert(1)', 'javascript%3Aalert%281%29'],
    ["'\n*.mp4", '%27%0A%2A.mp4'],
    ['\ud800.mp4', '%EF%BF%BD.mp4'],
  ])('%j', (path, uri) => {
    expect(pathToUri(path)).toBe(uri);
  });
});

describe('text', () => {
  it('makes control characters visible and direction marks harmless', () => {
    expect(printable('a\u0000b\u001b[31mc\u202ed\ud800\ufffe')).toBe('a\ufffdb\ufffd[31mc d\ufffd\ufffd');
    expect(printable('keeps\ttabs\nand 🎬 ü')).toBe('keeps\ttabs\nand 🎬 ü');
  });

  it('makes one line, cut between characters', () => {
    expect(singleLine('  a\r\n\tb\u2028c  ')).toBe('a b c');
    expect(singleLine('🎬🎬🎬🎬', 3)).toBe('🎬🎬…');
  });

  it('escapes XML so that attributes keep their line breaks', () => {
    expect(escapeXml('<a b="c">&\'\n\t')).toBe('&lt;a b=&quot;c&quot;&gt;&amp;&apos;&#10;&#9;');
  });

  it('takes the last part of either kind of path', () => {
    expect(['a/b.mp4', 'a\\b.mp4', 'b.mp4', ''].map(baseName)).toEqual(['b.mp4', 'b.mp4', 'b.mp4', '']);
  });
});
