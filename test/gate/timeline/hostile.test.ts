import { describe, expect, it } from 'vitest';
import { RetakeError } from '../../../src/errors.ts';
import { readTimeline } from '../../../src/gate/timeline/read.ts';
import { MOST_BYTES } from '../../../src/gate/timeline/timeline.ts';
import { pathOfUrl } from '../../../src/gate/timeline/url.ts';

const laughs = `<?xml version="1.0"?><!DOCTYPE fcpxml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><fcpxml version="1.9"><resources/><project name="&c;"/></fcpxml>`;
const nested = (depth: number) => `<fcpxml>${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}</fcpxml>`;
const clip = { OTIO_SCHEMA: 'Clip.1', name: 'x', source_range: null };
const otio = (children: unknown) =>
  JSON.stringify({ OTIO_SCHEMA: 'Timeline.1', tracks: { OTIO_SCHEMA: 'Stack.1', children } });
const deepStack = (depth: number): object =>
  depth === 0 ? { OTIO_SCHEMA: 'Stack.1', children: [] } : { OTIO_SCHEMA: 'Stack.1', children: [deepStack(depth - 1)] };

describe('hostile timelines', () => {
  it.each([
    ['an entity bomb', laughs, /document type/],
    ['an external entity', '<!DOCTYPE fcpxml SYSTEM "file:///etc/passwd"><fcpxml/>', /document type/],
    ['an entity without a document type', '<fcpxml><!ENTITY x "y"></fcpxml>', /entities/],
    ['an unknown entity', '<fcpxml version="1.9"><library location="&boom;"/></fcpxml>', /entity "boom"/],
    ['deep nesting', nested(5000), /nests more/],
    ['a tag without an end', '<fcpxml><a b="', /does not end/],
    ['unbalanced XML', '<fcpxml><a></b></fcpxml>', /well-formed/],
    ['other XML', '<svg/>', /neither/],
    ['deep JSON', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /nests more/],
    ['broken JSON', '{"OTIO_SCHEMA": "Timeline.1"', /not JSON/],
    ['other JSON', '{"tracks": []}', /not an OpenTimelineIO/],
    [
      'an object reference, which could be cyclic',
      otio([{ OTIO_SCHEMA: 'SerializableObjectRef.1', id: 'Stack-1' }]),
      /not known/,
    ],
    ['a clip without a range', otio([clip]), /no range/],
    ['too deep a stack', otio([deepStack(40)]), /nests more/],
    [
      'a time beyond measure',
      otio([
        {
          ...clip,
          source_range: { start_time: { OTIO_SCHEMA: 'RationalTime.1', rate: 25, value: 1e300 }, duration: null },
        },
      ]),
      /no rational time/,
    ],
    ['nothing', '', /no event|no edit decision list/],
    ['a text', 'hello\nworld', /no edit decision list/],
    ['a torn event', '001  AX       V     C        00:00:04:00 00:00:06:00 01:00:00:00', /can be read/],
  ])('refuses %s', (_name, text, message) => {
    const run = () => readTimeline(text);
    expect(run).toThrow(RetakeError);
    expect(run).toThrow(message);
    try {
      run();
    } catch (thrown) {
      expect((thrown as RetakeError).code).toBe('timeline-invalid');
    }
  });

  it('refuses what is too large before parsing it', () => {
    for (const start of ['<fcpxml>', '{', 'TITLE: x\n'])
      expect(() => readTimeline(start.padEnd(MOST_BYTES + 1))).toThrow(/larger|too large/);
  });

  it('takes file addresses for paths and no others', () => {
    expect(pathOfUrl('file:///a%20b/c.mp4')).toBe('/a b/c.mp4');
    expect(pathOfUrl('file://localhost/a.mp4')).toBe('/a.mp4');
    expect(pathOfUrl('file:///C:/a.mp4')).toBe('C:/a.mp4');
    expect(pathOfUrl('C:\\a.mp4')).toBe('C:\\a.mp4');
    expect(pathOfUrl('https://evil.example/a.mp4')).toBeNull();
    expect(pathOfUrl('file:///a%00b')).toBeNull();
    expect(pathOfUrl('100%/a.mp4')).toBe('100%/a.mp4');
  });
});
