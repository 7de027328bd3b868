import type { ClipFacts, Rational } from '../../clip.ts';
import type { Loudness } from '../../sound.ts';
import type { Problem } from '../checks.ts';
import { exactRate } from '../timeline/exact.ts';
import type { Style } from './schema.ts';

/** Aspect ratios within one per cent are the same: 1366 × 768 is 16:9. */
const ASPECT_TOLERANCE = 0.01;

/** Where a film's container, streams, loudness or length are not what the style bible asks for. Pure. */
export function checkTechnical(clip: ClipFacts, loudness: Loudness | null, style: Style): Problem[] {
  const { video, audio } = clip;
  const rules = style.video;
  const problems: Problem[] = [];
  const wrong = (kind: string, message: string, figures: Partial<Problem> = {}): void => {
    problems.push({ kind, message, end: clip.frames, ...figures });
  };
  const among = (kind: string, what: string, found: string | null, allowed: readonly string[] | undefined): void => {
    if (allowed && !allowed.some(name => name.toLowerCase() === (found ?? 'unknown').toLowerCase()))
      wrong(kind, `The ${what} is ${found ?? 'not stated'}; allowed: ${allowed.join(', ')}.`);
  };
  if (rules.aspect) {
    const [across, down] = rules.aspect.split(':').map(Number);
    const shown = (video.width * video.sampleAspect.num) / (video.height * video.sampleAspect.den);
    if (Math.abs(shown / (across / down) - 1) > ASPECT_TOLERANCE)
      wrong('aspect', `The picture's shape is ${shown.toFixed(3)}:1, not ${rules.aspect}.`, {
        measured: shown,
        threshold: across / down,
        unit: ':1',
      });
  }
  among('resolution', 'size', `${video.width}x${video.height}`, rules.resolution);
  if (rules.leastHeight !== undefined && Math.min(video.height, video.width) < rules.leastHeight)
    wrong('resolution', `The picture is ${video.width}x${video.height}: below ${rules.leastHeight} lines.`, {
      measured: Math.min(video.height, video.width),
      threshold: rules.leastHeight,
      unit: 'px',
    });
  if (rules.fps && !rules.fps.some(rate => sameRate(rate, video.fps)))
    wrong('fps', `The rate is ${video.fps.num}/${video.fps.den} fps; allowed: ${rules.fps.join(', ')}.`, {
      measured: video.fps.num / video.fps.den,
      unit: 'fps',
    });
  if (rules.constantRate && video.variableFrameRate) wrong('fps', 'The frame rate varies.');
  among('codec', 'video codec', video.codec, rules.codec);
  among('profile', 'codec profile', video.profile, rules.profile);
  among('pixel-format', 'pixel format', video.pixelFormat, rules.pixelFormat);
  const megabits = (video.bitRate ?? 0) / 1e6;
  if (rules.leastBitRate !== undefined && megabits < rules.leastBitRate)
    wrong('bit-rate', `The video has ${megabits.toFixed(2)} Mbit/s; at least ${rules.leastBitRate} are asked for.`, {
      measured: megabits,
      threshold: rules.leastBitRate,
      unit: 'Mbit/s',
    });
  if (rules.progressive && video.interlaced) wrong('interlaced', 'The picture is interlaced.');
  among('colour', 'colour primaries', video.colour.primaries, rules.primaries);
  among('colour', 'transfer function', video.colour.transfer, rules.transfer);
  among('colour', 'colour matrix', video.colour.matrix, rules.matrix);
  // A file that does not say is read as limited by every player.
  if (rules.range && (video.colour.range === 'unknown' ? 'limited' : video.colour.range) !== rules.range)
    wrong('range', `The picture is marked ${video.colour.range} range, not ${rules.range}.`);
  if (style.container && !clip.container.split(',').some(name => style.container?.includes(name)))
    wrong('container', `The container is ${clip.container}; allowed: ${style.container.join(', ')}.`);
  const { least, most } = style.duration ?? {};
  if (least !== undefined && clip.seconds < least - 1e-3)
    wrong('duration', `The film lasts ${clip.seconds.toFixed(2)} s, less than ${least} s.`, {
      measured: clip.seconds,
      threshold: least,
      unit: 's',
    });
  if (most !== undefined && clip.seconds > most + 1e-3)
    wrong('duration', `The film lasts ${clip.seconds.toFixed(2)} s, more than ${most} s.`, {
      measured: clip.seconds,
      threshold: most,
      unit: 's',
    });

  if (!audio) {
    if (style.audio.required) wrong('audio', 'The film has no sound.');
    return problems;
  }
  among('audio', 'audio codec', audio.codec, style.audio.codec);
  among('audio', 'sampling rate', String(audio.sampleRate), style.audio.sampleRate?.map(String));
  among('audio', 'number of channels', String(audio.channels), style.audio.channels?.map(String));
  const { loudness: target, truePeak } = style.audio;
  if (target && (!loudness || Math.abs(loudness.integrated - target.target) > target.tolerance))
    wrong(
      'loudness',
      loudness
        ? `Integrated loudness is ${loudness.integrated.toFixed(1)} LUFS, not ${target.target} ± ${target.tolerance}.`
        : 'Loudness could not be measured.',
      { measured: loudness?.integrated ?? 0, threshold: target.target, unit: 'LUFS' },
    );
  if (truePeak !== undefined && loudness && loudness.truePeak > truePeak)
    wrong('true-peak', `The true peak is ${loudness.truePeak.toFixed(1)} dBTP, above ${truePeak}.`, {
      measured: loudness.truePeak,
      threshold: truePeak,
      unit: 'dBTP',
    });
  return problems;
}

function sameRate(rate: number | string, fps: Rational): boolean {
  const [num, den] = typeof rate === 'string' ? rate.split('/').map(Number) : [];
  const exact = typeof rate === 'string' ? { num, den } : exactRate(rate);
  return exact !== null && exact.num * fps.den === fps.num * exact.den;
}
