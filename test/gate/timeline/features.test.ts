import { describe, expect, it } from 'vitest';
import { framesOfUse } from '../../../src/gate/resolve/frames.ts';
import { readTimeline } from '../../../src/gate/timeline/read.ts';
import type { Timeline } from '../../../src/gate/timeline/timeline.ts';

const at25 = { fps: { num: 25, den: 1 }, frames: 1000, startTimecode: null, times: null };
const shown = (timeline: Timeline) =>
  timeline.uses.map(use => {
    const { start, end } = framesOfUse(use, at25);
    return `${use.medium} ${use.source.name} ${start}-${end} at ${use.record.start}-${use.record.end} ×${use.speed}`;
  });

const time = (value: number) => ({ OTIO_SCHEMA: 'RationalTime.1', rate: 25, value });
const range = (start: number, duration: number) => ({
  OTIO_SCHEMA: 'TimeRange.1',
  start_time: time(start),
  duration: time(duration),
});
const clip = (name: string, start: number, duration: number, over: object = {}) => ({
  OTIO_SCHEMA: 'Clip.1',
  name,
  source_range: range(start, duration),
  media_reference: {
    OTIO_SCHEMA: 'ExternalReference.1',
    target_url: `file:///m/${name}`,
    available_range: range(0, 1000),
  },
  ...over,
});
const track = (children: object[], over: object = {}) => ({
  OTIO_SCHEMA: 'Track.1',
  kind: 'Video',
  name: 'V1',
  children,
  ...over,
});
const timeline = (...tracks: object[]) =>
  JSON.stringify({ OTIO_SCHEMA: 'Timeline.1', name: 't', tracks: { OTIO_SCHEMA: 'Stack.1', children: tracks } });

describe('OpenTimelineIO', () => {
  it('lengthens clips by their transitions, not by their handles', () => {
    const dissolve = { OTIO_SCHEMA: 'Transition.1', in_offset: time(5), out_offset: time(7) };
    const read = readTimeline(timeline(track([clip('a', 100, 50), dissolve, clip('b', 200, 50)])));
    expect(shown(read)).toEqual(['picture a 100-157 at 0-57 ×1', 'picture b 195-250 at 45-100 ×1']);
    expect(read.uses[1].transition).toBe(12);
  });

  it('trims nested stacks', () => {
    const nested = {
      OTIO_SCHEMA: 'Stack.1',
      source_range: range(10, 50),
      children: [track([clip('a', 0, 30), clip('b', 500, 100)])],
    };
    expect(shown(readTimeline(timeline(track([clip('x', 0, 5), nested, clip('y', 0, 5)]))))).toEqual([
      'picture x 0-5 at 0-5 ×1',
      'picture a 10-30 at 5-25 ×1',
      'picture b 500-530 at 25-55 ×1',
      'picture y 0-5 at 55-60 ×1',
    ]);
  });

  it('flags speed changes and covers both readings of a warped range', () => {
    const warp = (time_scalar: number) => ({ effects: [{ OTIO_SCHEMA: 'LinearTimeWarp.1', time_scalar }] });
    const read = readTimeline(
      timeline(
        track([
          clip('fast', 100, 20, warp(2)),
          clip('slow', 100, 20, warp(0.5)),
          clip('still', 40, 20, { effects: [{ OTIO_SCHEMA: 'FreezeFrame.1', time_scalar: 0 }] }),
        ]),
      ),
    );
    expect(shown(read)).toEqual([
      'picture fast 100-140 at 0-20 ×2',
      'picture slow 100-120 at 20-40 ×0.5',
      'picture still 40-60 at 40-60 ×0',
    ]);
  });

  it('leaves out what is switched off, and tells sound from picture', () => {
    const sound = track([clip('s', 10, 20)], { kind: 'Audio' });
    const off = track([clip('off', 0, 10)], { enabled: false });
    expect(
      shown(readTimeline(timeline(off, track([clip('a', 0, 5, { enabled: false }), clip('b', 3, 4)]), sound))),
    ).toEqual(['sound s 10-30 at 0-20 ×1', 'picture b 3-7 at 5-9 ×1']);
  });
});

const fcpxml = (
  spine: string,
  resources = '',
) => `<?xml version="1.0"?><!DOCTYPE fcpxml><fcpxml version="1.11"><resources>
<format id="r1" frameDuration="1/25s"/>
<asset id="a" name="a" start="0s" duration="40s" hasVideo="1" hasAudio="1" format="r1"><media-rep kind="original-media" src="file:///m/a"/></asset>
<asset id="b" name="b" start="0s" duration="40s" hasVideo="1" format="r1"><media-rep kind="original-media" src="file:///m/b"/></asset>${resources}
</resources><library><event><project name="p"><sequence format="r1"><spine>${spine}</spine></sequence></project></event></library></fcpxml>`;

describe('FCPXML', () => {
  it('reads connected clips, split sound, transitions and time maps', () => {
    const read = readTimeline(
      fcpxml(`
<asset-clip ref="a" offset="0s" start="2s" duration="4s" audioStart="1s" audioDuration="6s"><asset-clip ref="b" lane="1" offset="5s" start="10s" duration="2s"/></asset-clip>
<transition offset="90/25s" duration="20/25s"/>
<asset-clip ref="b" offset="4s" start="20s" duration="4s"/>
<asset-clip ref="b" offset="8s" start="0s" duration="4s"><timeMap><timept time="0s" value="5s" interp="smooth2"/><timept time="4s" value="13s" interp="smooth2"/></timeMap></asset-clip>`),
    );
    expect(shown(read)).toEqual([
      'picture a 50-160 at 0-110 ×1',
      'sound a 50-175 at 0-125 ×1',
      'picture b 250-300 at 75-125 ×1',
      'picture b 490-600 at 90-200 ×1',
      'picture b 125-325 at 200-300 ×2',
    ]);
  });

  it('reads compound, multicam and synchronised clips and auditions', () => {
    const media = `<media id="m"><sequence format="r1" duration="8s" tcStart="0s"><spine><asset-clip ref="a" start="0s" duration="4s" srcEnable="video"/><asset-clip ref="b" start="0s" duration="4s"/></spine></sequence></media>
<media id="mc"><multicam><mc-angle angleID="1"><asset-clip ref="b" start="0s" duration="8s"/></mc-angle><mc-angle angleID="2"><asset-clip ref="a" start="0s" duration="8s"/></mc-angle></multicam></media>`;
    const read = readTimeline(
      fcpxml(
        `<ref-clip ref="m" start="3s" duration="2s"/>
<mc-clip ref="mc" start="1s" duration="2s"><mc-source angleID="1" srcEnable="video"/><mc-source angleID="2" srcEnable="audio"/></mc-clip>
<sync-clip start="0s" duration="1s"><spine><video ref="b" start="9s" duration="4s"/></spine></sync-clip>
<audition><asset-clip ref="b" start="30s" duration="1s"/><asset-clip ref="a" start="30s" duration="1s"/></audition>`,
        media,
      ),
    );
    expect(shown(read)).toEqual([
      'picture a 75-100 at 0-25 ×1',
      'picture b 0-25 at 25-50 ×1',
      'picture b 25-75 at 50-100 ×1',
      'sound a 25-75 at 50-100 ×1',
      'picture b 225-250 at 100-125 ×1',
      'picture b 750-775 at 125-150 ×1',
    ]);
  });

  it('refuses sequences within themselves, however far down', () => {
    const cyclic = `<media id="m"><sequence format="r1" duration="4s"><spine><ref-clip ref="n" duration="4s"/></spine></sequence></media><media id="n"><sequence format="r1" duration="4s"><spine><ref-clip ref="m" duration="4s"/></spine></sequence></media>`;
    expect(() => readTimeline(fcpxml('<ref-clip ref="m" duration="4s"/>', cyclic))).toThrow(/contains itself/);
  });

  it('refuses sequences that multiply', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) =>
        `<media id="m${i}"><sequence format="r1" duration="4s"><spine>${i === 11 ? '<gap duration="4s"/>' : `<gap duration="4s">${`<ref-clip lane="1" offset="0s" ref="m${i + 1}" duration="4s"/>`.repeat(10)}</gap>`}</spine></sequence></media>`,
    );
    expect(() => readTimeline(fcpxml('<ref-clip ref="m0" duration="4s"/>', levels.join('')))).toThrow(
      /more than 100000/,
    );
  });
});

const rate = '<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>';
const item = (name: string, start: number, end: number, from: number, to: number, inner = '') =>
  `<clipitem><name>${name}</name>${rate}<start>${start}</start><end>${end}</end><in>${from}</in><out>${to}</out>${inner || `<file id="${name}"><name>${name}</name><duration>1000</duration>${rate}<pathurl>file://localhost/m/${name}</pathurl></file>`}</clipitem>`;
const xmeml = (items: string) =>
  `<xmeml version="5"><sequence id="s"><name>s</name>${rate}<media><video><track>${items}</track></video></media></sequence></xmeml>`;

describe('Final Cut Pro 7 XML', () => {
  it('takes edges that lie in a transition from it', () => {
    const transition = `<transitionitem>${rate}<start>40</start><end>60</end><alignment>center</alignment></transitionitem>`;
    expect(shown(readTimeline(xmeml(item('a', 0, -1, 100, 160) + transition + item('b', -1, 100, 0, 60))))).toEqual([
      'picture a 100-160 at 0-60 ×1',
      'picture b 0-60 at 40-100 ×1',
    ]);
  });

  it('follows speed, reversed and varying', () => {
    const remap = (parameters: Record<string, string>) =>
      `<file id="f"><name>f</name><duration>1000</duration>${rate}</file><filter><effect><effectid>timeremap</effectid>${Object.entries(
        parameters,
      )
        .map(([id, value]) => `<parameter><parameterid>${id}</parameterid><value>${value}</value></parameter>`)
        .join('')}</effect></filter>`;
    expect(
      shown(
        readTimeline(
          xmeml(
            item('f', 0, 50, 100, 150, remap({ speed: '200' })) +
              item('f', 50, 60, 0, 10, remap({ speed: '100', reverse: 'TRUE' })) +
              item('f', 60, 70, 0, 10, remap({ variablespeed: '1' })),
          ),
        ),
      ),
    ).toEqual(['picture f 100-300 at 0-50 ×2', 'picture f 0-1000 at 50-60 ×-1', 'picture f 0-1000 at 60-70 ×null']);
  });

  it('trims nested sequences, and refuses one within itself', () => {
    const inner = `<sequence id="n"><name>n</name>${rate}<duration>100</duration><media><video><track>${item('a', 0, 50, 10, 60)}${item('b', 50, 100, 0, 50)}</track></video></media></sequence>`;
    expect(shown(readTimeline(xmeml(item('n', 0, 40, 30, 70, inner))))).toEqual([
      'picture a 40-60 at 0-20 ×1',
      'picture b 0-20 at 20-40 ×1',
    ]);
    const cyclic = `<sequence id="n"><name>n</name>${rate}<media><video><track>${item('n', 0, 40, 0, 40, '<sequence id="n"/>')}</track></video></media></sequence>`;
    expect(() => readTimeline(xmeml(item('n', 0, 40, 0, 40, cyclic)))).toThrow(/contains itself/);
  });
});

describe('CMX 3600', () => {
  const edl = (...lines: string[]) => `TITLE: t 25 fps\nFCM: NON-DROP FRAME\n\n${lines.join('\n')}\n`;
  it('lengthens the clip that a dissolve leaves, and follows M2', () => {
    const read = readTimeline(
      edl(
        '001  AX       V     C        00:00:04:00 00:00:06:00 01:00:00:00 01:00:02:00',
        '* FROM CLIP NAME: a.mp4',
        '002  AX       V     C        00:00:06:00 00:00:06:00 01:00:02:00 01:00:02:00',
        '002  AX       V     D    012 00:00:20:00 00:00:22:00 01:00:02:00 01:00:04:00',
        '* FROM CLIP NAME: a.mp4',
        '* TO CLIP NAME: b.mp4',
        '003  C030     AA/V  C        00:00:10:00 00:00:12:00 01:00:04:00 01:00:06:00',
        'M2   C030       050.0                00:00:10:00',
        '004  BL       V     C        00:00:00:00 00:00:01:00 01:00:06:00 01:00:07:00',
      ),
    );
    expect(shown(read)).toEqual([
      'picture a.mp4 100-162 at 0-62 ×1',
      'picture b.mp4 500-550 at 50-100 ×1',
      'picture C030 250-350 at 100-150 ×2',
      'sound C030 250-350 at 100-150 ×2',
    ]);
    expect(read.start).toBe(90_000);
  });

  it('asks for the rate that it does not say, and refuses one that cannot be', () => {
    const event = '001  AX       V     C        00:00:04:00 00:00:06:27 01:00:00:00 01:00:02:27';
    expect(() => readTimeline(event)).toThrow(/--fps/);
    expect(() => readTimeline(event, { fps: { num: 25, den: 1 } })).toThrow(/frames or more/);
    expect(() =>
      readTimeline('001  AX       V     C        00:00:04:00 00:61:06:00 01:00:00:00 01:00:02:00', {
        fps: { num: 25, den: 1 },
      }),
    ).toThrow(/not a time of day/);
  });
});
