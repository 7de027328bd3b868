import { add, type Span, subtract, type Time, ZERO } from './exact.ts';
import { parseTime, throughMap, timeMap } from './fcpxml-time.ts';
import { type DraftUse, invalid } from './timeline.ts';
import { child, descend, type Element } from './xml.ts';
import { sourceName, within } from './xml-reader.ts';

/** Which halves of a clip are switched on. */
export interface Show {
  picture: boolean;
  sound: boolean;
}

/** Where an element stands. */
export interface Place {
  /** Timeline time at which the element begins, and what its parents let be seen. */
  at: Time;
  window: Span;
  show: Show;
  track: string;
  /** Ids of the sequences around it: one within itself is a cycle. */
  path: readonly string[];
  before?: Time;
  after?: Time;
  /** Whole length of the transition that it begins with. */
  transition?: Time;
}

/**
 * What a clip shows and plays of its asset. Throws `timeline-invalid` when it refers to none.
 * @param start the clip's own time at its beginning
 * @param extent what of it is seen, on the timeline
 */
export function assetUses(
  item: Element,
  resource: Element | undefined,
  { start, duration, extent }: { start: Time; duration: Time; extent: Span },
  place: Place,
): DraftUse[] {
  if (resource?.name !== 'asset') throw invalid(`"${item.attributes.name ?? item.name}" refers to no asset.`);
  const src = child(resource, 'media-rep')?.attributes.src ?? resource.attributes.src;
  const reel = descend(resource, 'metadata')?.children.find(md => md.attributes.key === 'com.apple.proapps.studio.reel')
    ?.attributes.value;
  const source = sourceName(src, undefined, resource.attributes.name ?? '', reel);
  const origin = parseTime(resource.attributes.start) ?? ZERO;
  const map = timeMap(item);
  const base = {
    name: item.attributes.name ?? source.name,
    track: place.track,
    source,
    origin,
    rate: null,
    transition: place.transition ?? ZERO,
  };
  const sourceOf = (record: Span): { range: Span; speed: number | null } => {
    const local = {
      start: add(start, subtract(record.start, place.at)),
      end: add(start, subtract(record.end, place.at)),
    };
    return map ? throughMap(map, local, origin, parseTime(resource.attributes.duration)) : { range: local, speed: 1 };
  };
  const uses: DraftUse[] = [];
  if (
    place.show.picture &&
    resource.attributes.hasVideo !== '0' &&
    (resource.attributes.hasVideo === '1' || resource.attributes.hasAudio !== '1')
  )
    uses.push({ ...base, medium: 'picture', record: extent, ...sourceOf(extent) });
  if (place.show.sound && resource.attributes.hasAudio === '1') {
    // A split edit: the sound begins and ends elsewhere than the picture, in the clip's own time.
    const from = parseTime(item.attributes.audioStart) ?? start;
    const length = parseTime(item.attributes.audioDuration) ?? duration;
    const at = add(place.at, subtract(from, start));
    const split = item.attributes.audioStart !== undefined || item.attributes.audioDuration !== undefined;
    const record = split ? within(place.window, { start: at, end: add(at, length) }) : extent;
    if (record) uses.push({ ...base, medium: 'sound', record, ...sourceOf(record) });
  }
  return uses;
}
