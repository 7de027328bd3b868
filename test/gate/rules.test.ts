import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { ClipFacts } from '../../src/clip.ts';
import { colourDistance, labOf } from '../../src/colour.ts';
import { checkAudioPlan } from '../../src/gate/audio/check.ts';
import { planOf } from '../../src/gate/audio/plan.ts';
import { audioPlanSchema } from '../../src/gate/audio/schema.ts';
import { meanColour } from '../../src/gate/film/colour.ts';
import { blackStretches, checkLength, compareCuts, joinsOf } from '../../src/gate/film/cuts.ts';
import { frameAt } from '../../src/gate/moment.ts';
import { timelineProblems } from '../../src/gate/outcomes.ts';
import { findMark } from '../../src/gate/style/marks.ts';
import { resolveStyle } from '../../src/gate/style/presets.ts';
import { DELIVERY_PRESETS, type DeliveryPreset, styleSchema } from '../../src/gate/style/schema.ts';
import { checkTechnical } from '../../src/gate/style/technical.ts';
import { readTimeline } from '../../src/gate/timeline/read.ts';
import { parseYaml } from '../../src/gate/yaml.ts';
import type { Cut } from '../../src/signals.ts';
import type { Loudness } from '../../src/sound.ts';
import { clipFacts } from '../helpers.ts';

const clock = { fps: { num: 25, den: 1 }, base: 25, drop: false, start: 90_000 };
const loudness = (integrated: number, truePeak = -2): Loudness => ({
  integrated,
  range: 5,
  truePeak,
  momentary: new Float32Array(),
  step: 0.1,
});

describe('style bible', () => {
  it('names what does not fit', () => {
    expect(() => parseYaml('video: { aspect: wide }\nloudnes: 1', styleSchema, 'style.yaml')).toThrow(
      /style\.yaml: .*video\.aspect.*loudnes/,
    );
    expect(() =>
      parseYaml(
        'a: &a [1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d]',
        styleSchema,
        'bomb.yaml',
      ),
    ).toThrow(/bomb\.yaml/);
  });

  it.each(DELIVERY_PRESETS)('preset %s is a style', name => {
    expect(resolveStyle({ extends: name }).extends).toBe(name);
  });

  it('lets the file replace single rules of its preset', () => {
    const style = resolveStyle(
      parseYaml('extends: broadcast-hd\nvideo: { fps: 25 }\naudio: { truePeak: -3 }', styleSchema, 's'),
    );
    expect(style.video).toMatchObject({ fps: [25], resolution: ['1920x1080'] });
    expect(style.audio).toMatchObject({ truePeak: -3, loudness: { target: -23, tolerance: 0.5 } });
  });

  it('checks broadcast delivery', () => {
    const style = resolveStyle({ extends: 'broadcast-hd' });
    const facts = clipFacts({ fps: 25 });
    const good = { ...facts, video: { ...facts.video, width: 1920, height: 1080 } };
    expect(checkTechnical(good, loudness(-23.4), style)).toEqual([]);
    const kinds = (clip: typeof good, sound: Loudness | null) =>
      checkTechnical(clip, sound, style).map(({ kind }) => kind);
    expect(kinds(facts, loudness(-23))).toEqual(['resolution']);
    expect(kinds({ ...good, video: { ...good.video, fps: { num: 24, den: 1 } } }, loudness(-23))).toEqual(['fps']);
    expect(kinds({ ...good, video: { ...good.video, fps: { num: 30_000, den: 1001 } } }, loudness(-23))).toEqual([]);
    expect(kinds(good, loudness(-14, 0))).toEqual(['loudness', 'true-peak']);
    expect(kinds({ ...good, audio: null }, null)).toEqual(['audio']);
    expect(
      kinds(
        { ...good, video: { ...good.video, colour: { ...good.video.colour, range: 'full', matrix: 'bt470bg' } } },
        loudness(-23),
      ),
    ).toEqual(['colour', 'range']);
  });

  describe('presets for delivery', () => {
    const facts = clipFacts({ fps: 25 });
    const made = (video: object, over: object = {}) => ({
      ...facts,
      container: 'mov,mp4,m4a',
      audio: { ...facts.audio!, codec: 'aac', sampleRate: 48_000 },
      ...over,
      video: { ...facts.video, width: 1920, height: 1080, codec: 'h264', interlaced: false, ...video },
    });
    const kinds = (preset: DeliveryPreset, clip: ClipFacts, lufs: number, peak = -3) =>
      checkTechnical(clip, loudness(lufs, peak), resolveStyle({ extends: preset })).map(({ kind }) => kind);

    it('youtube', () => {
      expect(kinds('youtube', made({}), -14.5)).toEqual([]);
      expect(kinds('youtube', made({ codec: 'mpeg2video', width: 640, height: 360, interlaced: true }), -23)).toEqual([
        'resolution',
        'codec',
        'interlaced',
        'loudness',
      ]);
      expect(kinds('youtube', made({ variableFrameRate: true }), -14, 0.5)).toEqual(['fps', 'true-peak']);
    });

    it('vertical: TikTok and Reels', () => {
      const upright = { width: 1080, height: 1920 };
      expect(kinds('vertical', made(upright, { seconds: 30 }), -14)).toEqual([]);
      expect(kinds('vertical', made({}, { seconds: 30 }), -14)).toEqual(['aspect', 'resolution']);
      expect(kinds('vertical', made(upright, { seconds: 200 }), -14)).toEqual(['duration']);
      expect(kinds('vertical', made(upright, { seconds: 2, container: 'matroska,webm' }), -14)).toEqual([
        'container',
        'duration',
      ]);
    });

    it('netflix-like', () => {
      const mezzanine = made({ codec: 'prores', width: 3840, height: 2160, fps: { num: 24_000, den: 1001 } });
      expect(kinds('netflix', mezzanine, -27)).toEqual([]);
      expect(kinds('netflix', mezzanine, -24.5, -1)).toEqual(['loudness', 'true-peak']);
      expect(kinds('netflix', made({ codec: 'vp9', fps: { num: 30, den: 1 } }), -27)).toEqual(['fps', 'codec']);
    });

    it('and what a style bible adds: profile, pixel format, bit rate, channels, colour', () => {
      const style = resolveStyle(
        parseYaml(
          'video: { profile: High, pixelFormat: yuv422p10le, leastBitRate: 50, primaries: bt2020, range: full }\naudio: { codec: pcm_s24le, channels: 6 }\nduration: { least: 60 }',
          styleSchema,
          's',
        ),
      );
      const found = checkTechnical(made({ profile: 'Main', bitRate: 8e6 }), loudness(-23), style);
      expect(found.map(({ kind }) => kind).sort()).toEqual(
        ['profile', 'pixel-format', 'bit-rate', 'colour', 'range', 'duration', 'audio', 'audio'].sort(),
      );
    });
  });

  it('reads frames, seconds and timecodes', () => {
    expect([
      frameAt(12, clock),
      frameAt('2.5s', clock),
      frameAt('01:00:01:05', clock),
      frameAt('00:00:01:05', clock),
    ]).toEqual([12, 63, 30, 30]);
    const drop = { fps: { num: 30_000, den: 1001 }, base: 30, drop: true, start: 0 };
    expect(frameAt('00:01:00;02', drop)).toBe(1800);
  });
});

describe('marks and colours', () => {
  const logo = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><rect width="60" height="30" rx="9" fill="#fff"/><circle cx="18" cy="15" r="9" fill="#c00"/><path d="M34 6l16 9-16 9z" fill="#000"/></svg>',
  );
  const scene = async (with_: boolean): Promise<Buffer> => {
    const noise = Buffer.from(
      Array.from(
        { length: 640 * 360 * 3 },
        (_, i) => (Math.imul(i, 2654435761) >>> 24) / 3 + ((i % 1920) / 1920) * 120,
      ),
    );
    const image = sharp(noise, { raw: { width: 640, height: 360, channels: 3 } });
    return (
      with_ ? image.composite([{ input: await sharp(logo).resize(77).png().toBuffer(), left: 540, top: 20 }]) : image
    )
      .jpeg()
      .toBuffer();
  };
  it('finds a logo where it is, and none where there is none', async () => {
    const found = await findMark(await scene(true), logo, 77 / 640);
    expect(found.score).toBeGreaterThan(0.85);
    expect(found.x).toBeCloseTo(540 / 640, 1);
    expect((await findMark(await scene(false), logo, 77 / 640)).score).toBeLessThan(0.6);
    expect((await findMark(await scene(true), logo, 77 / 640, [0, 0.5, 0.5, 0.5])).score).toBeLessThan(0.6);
  });

  it('measures colour as CIE L*a*b*', async () => {
    expect(labOf(255, 255, 255).map(value => Math.round(value) || 0)).toEqual([100, 0, 0]);
    expect(labOf(255, 0, 0).map(value => Math.round(value))).toEqual([53, 80, 67]);
    const red = await sharp({ create: { width: 20, height: 20, channels: 3, background: '#f00' } })
      .png()
      .toBuffer();
    expect(colourDistance(await meanColour(red), labOf(255, 0, 0))).toBeLessThan(0.5);
  });
});

const otioClip = (name: string, start: number, duration: number) => ({
  OTIO_SCHEMA: 'Clip.1',
  name,
  source_range: {
    OTIO_SCHEMA: 'TimeRange.1',
    start_time: { OTIO_SCHEMA: 'RationalTime.1', rate: 25, value: start },
    duration: { OTIO_SCHEMA: 'RationalTime.1', rate: 25, value: duration },
  },
  media_reference: { OTIO_SCHEMA: 'ExternalReference.1', target_url: name },
});
const timelineOf = (...children: object[]) =>
  readTimeline(
    JSON.stringify({
      OTIO_SCHEMA: 'Timeline.1',
      tracks: { OTIO_SCHEMA: 'Stack.1', children: [{ OTIO_SCHEMA: 'Track.1', kind: 'Video', children }] },
    }),
  );
const cut = (frame: number, over: Partial<Cut> = {}): Cut => ({
  frame,
  kind: 'cut',
  confidence: 1,
  start: frame,
  end: frame,
  ...over,
});

describe('speed', () => {
  const warped = (speed: number) => ({
    ...otioClip('a', 0, 50),
    effects: [{ OTIO_SCHEMA: 'LinearTimeWarp.1', time_scalar: speed }],
  });
  const problems = (speed: 'allow' | 'forbid', ...children: object[]) =>
    timelineProblems(timelineOf(...children), resolveStyle(styleSchema.parse({ speed }))).map(
      ({ kind, severity, message }) => `${kind} ${severity} ${/retimed \((.*?)\)/.exec(message)?.[1]}`,
    );

  it('that was changed is told, and closes the gate where the style bible forbids it', () => {
    expect(problems('allow', otioClip('a', 0, 50))).toEqual([]);
    expect(problems('allow', warped(2))).toEqual(['speed info 200 %']);
    expect(problems('forbid', warped(0.5), otioClip('b', 0, 10), warped(0))).toEqual([
      'speed regenerate 50 %',
      'speed regenerate still',
    ]);
  });
});

describe('cuts', () => {
  const dissolve = {
    OTIO_SCHEMA: 'Transition.1',
    in_offset: { OTIO_SCHEMA: 'RationalTime.1', rate: 25, value: 6 },
    out_offset: { OTIO_SCHEMA: 'RationalTime.1', rate: 25, value: 6 },
  };
  const joins = joinsOf(
    timelineOf(otioClip('a', 0, 50), otioClip('b', 10, 50), otioClip('b', 60, 20), dissolve, otioClip('c', 30, 40)),
  );
  const kinds = (found: Cut[], own: number[] = []) =>
    compareCuts(joins, found, own, [], 160).map(({ kind, start }) => `${kind} ${start}`);

  it('knows where the source changes, and that a through edit is no cut', () => {
    expect(joins.map(({ frame, to }) => `${frame} ${to}`)).toEqual(['50 b', '114 c']);
  });

  it('accepts cuts where they are planned and nowhere else', () => {
    const planned = [cut(50), cut(120, { kind: 'dissolve', start: 115, end: 125 })];
    expect(kinds(planned)).toEqual([]);
    expect(kinds([...planned, cut(90)])).toEqual(['cut-unplanned 90']);
    expect(kinds([...planned, cut(90)], [90])).toEqual([]);
    expect(kinds([cut(51), planned[1]])).toEqual(['cut-moved 51']);
    expect(kinds([planned[1]])).toEqual(['cut-absent 50']);
  });

  it('checks length, sound and black ends', () => {
    const limits = { blackHead: 0.5, blackTail: 1 };
    const film = { frames: 160, fps: 25, video: 6.4, audio: 6.4, black: [] };
    expect(checkLength(film, { length: 160 }, limits)).toEqual([]);
    expect(checkLength({ ...film, frames: 161 }, { length: 160 }, limits).map(({ kind }) => kind)).toEqual(['length']);
    expect(checkLength({ ...film, audio: 6.2 }, null, limits).map(({ kind }) => kind)).toEqual(['audio-length']);
    const luma = Float32Array.from({ length: 160 }, (_, i) => (i < 20 || i > 120 ? 17 : 200));
    expect(checkLength({ ...film, black: blackStretches(luma) }, null, limits).map(({ kind }) => kind)).toEqual([
      'black-head',
      'black-tail',
    ]);
  });
});

describe('audio plan', () => {
  const plan = (text: string) => parseYaml(text, audioPlanSchema, 'audio.yaml');
  /** Eight seconds: speech from 2 s to 4 s at −20, room tone of `tone` dB elsewhere, half a second later louder by `jump`. */
  const film = ({ speech = [2, 4], bed = -50, jump = 0 } = {}) => {
    const speaking = (at: number) => at >= speech[0] && at < speech[1];
    const step = 0.032;
    const level = (at: number) => (at >= 6 ? bed + jump : bed);
    return {
      clip: clipFacts({ fps: 25, frames: 200 }),
      shots: [{ id: 's1', start: 0, end: 200 }],
      failures: new Map(),
      signals: {
        voice: { step, probability: Float32Array.from({ length: 250 }, (_, i) => (speaking(i * step) ? 0.95 : 0.02)) },
        loudness: {
          ...loudness(-23),
          momentary: Float32Array.from({ length: 80 }, (_, i) => (speaking(i * 0.1 - 0.2) ? -20 : level(i * 0.1))),
        },
        audioLevels: {
          step: 0.02,
          sampleRate: 48000,
          channels: 1,
          rms: [Float32Array.from({ length: 400 }, (_, i) => (speaking(i * 0.02) ? -20 : level(i * 0.02)))],
          peak: [],
          clipped: [],
          phase: new Float32Array(),
        },
      },
    };
  };
  const kinds = (text: string, over: Parameters<typeof film>[0] = {}, joins: number[] = []) =>
    checkAudioPlan(film(over), planOf(plan(text), [], { ...clock, start: 0 }, true)!, joins).findings.map(
      ({ kind }) => kind,
    );
  const line = 'lines: [{ from: 2s, to: 4s, speaker: Ana }]';

  it('wants speech where it is planned and nowhere else', () => {
    expect(kinds(line)).toEqual([]);
    expect(kinds('lines: [{ from: 5s, to: 7s }]')).toEqual(['speech-missing', 'speech-unplanned']);
    expect(kinds('lines: []')).toEqual(['speech-unplanned']);
    expect(kinds('lines: [{ from: 2s, to: 3s }]')).toEqual(['speech-unplanned']);
  });

  it('wants silence to be silent', () => {
    expect(kinds(`${line}\nsilence: [{ from: 5s, to: 7s }]`)).toEqual([]);
    expect(kinds(`${line}\nsilence: [{ from: 5s, to: 7s }]`, { bed: -30 })).toEqual(['not-silent']);
  });

  it('wants the voice over its bed', () => {
    const music = `${line}\nmusic: [{ from: 0s, to: 8s }]`;
    expect(kinds(music, { bed: -30 })).toEqual([]);
    expect(kinds(music, { bed: -22 })).toEqual(['voice-buried']);
  });

  it('wants room tone to go on over cuts', () => {
    expect(kinds(line, { jump: 12 }, [150])).toEqual(['room-tone']);
    expect(kinds(line, { jump: 12 }, [125])).toEqual([]);
    expect(kinds(`${line}\nmusic: [{ from: 5s, to: 8s }]`, { jump: 12 }, [150])).toEqual([]);
  });
});
