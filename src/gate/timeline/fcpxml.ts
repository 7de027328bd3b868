import { baseName } from '../../report/text.ts';
import { assembleTimeline } from './assemble.ts';
import { add, compare, earliest, floorFrame, latest, subtract, type Time, ZERO } from './exact.ts';
import {
  durationOf,
  overlap,
  parseTime,
  type Resources,
  rateOfFormat,
  type Span,
  STORY,
  throughMap,
  timeMap,
  totalOf,
} from './fcpxml-time.ts';
import { invalid, MOST_NESTING, type Timeline, UseList } from './timeline.ts';
import { pathOfUrl } from './url.ts';
import { child, childrenNamed, descend, type Element, parseXml } from './xml.ts';

/**
 * Reads FCPXML (1.8 and later; `Info.fcpxml` of a bundle too): spines, connected and secondary storylines, compound,
 * synchronised and multicam clips, auditions (the chosen one), time maps, split edits. Throws `timeline-invalid`.
 * @param wanted name of the project, where the file holds several
 */
export function readFcpxml(text: string, wanted?: string): Timeline {
  const root = parseXml(text);
  if (root.name !== 'fcpxml') throw invalid('The file is not FCPXML.');
  const project = chooseProject(root, wanted);
  const sequence = child(project, 'sequence');
  if (!sequence) throw invalid('The project has no sequence.');
  const resources = new Map((child(root, 'resources')?.children ?? []).map(item => [item.attributes.id, item]));
  const fps = rateOfFormat(resources.get(sequence.attributes.format));
  const list = new UseList();
  const duration = parseTime(sequence.attributes.duration) ?? totalOf(sequence, resources);
  const reader = new FcpReader(resources, list);
  reader.storyline(child(sequence, 'spine'), {
    at: ZERO,
    window: { start: ZERO, end: duration },
    show: { picture: true, sound: true },
    track: 'V1',
    path: [],
  });
  const start = floorFrame(parseTime(sequence.attributes.tcStart) ?? ZERO, fps);
  const drop = sequence.attributes.tcFormat === 'DF';
  return assembleTimeline(
    { format: 'fcpxml', name: project.attributes.name ?? '', fps, drop, start, origin: ZERO },
    list,
  );
}

function chooseProject(root: Element, wanted: string | undefined): Element {
  const events = [...childrenNamed(child(root, 'library'), 'event'), ...childrenNamed(root, 'event')];
  const projects = [root, ...events].flatMap(holder => childrenNamed(holder, 'project'));
  const named = wanted === undefined ? projects : projects.filter(project => project.attributes.name === wanted);
  if (named.length === 1) return named[0];
  const names = projects.map(project => `"${project.attributes.name ?? ''}"`).join(', ');
  throw invalid(
    projects.length === 0 ? 'The file holds no project.' : `Name one of the projects with --sequence: ${names}`,
  );
}

interface Show {
  picture: boolean;
  sound: boolean;
}

interface Place {
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

class FcpReader {
  readonly #resources: Resources;
  readonly #list: UseList;

  constructor(resources: Resources, list: UseList) {
    this.#resources = resources;
    this.#list = list;
  }

  /** Elements one after the other; `offset` attributes only repeat what the durations say. */
  storyline(spine: Element | undefined, place: Place): void {
    const items = spine?.children.filter(item => STORY.includes(item.name) || item.name === 'transition') ?? [];
    let at = place.at;
    for (const [i, item] of items.entries()) {
      if (item.name === 'transition') continue;
      const duration = durationOf(item, this.#resources);
      const before = overlap(items[i - 1], item, duration, 'before');
      const after = overlap(items[i + 1], item, duration, 'after');
      const transition = before && parseTime(items[i - 1].attributes.duration);
      this.item(item, { ...place, at, before, after, transition });
      at = add(at, duration);
    }
  }

  item(item: Element, place: Place): void {
    if (item.attributes.enabled === '0' || (item.name === 'gap' && item.children.length === 0)) return;
    if (item.name === 'audition') {
      const [chosen] = item.children;
      if (chosen) this.item(chosen, place);
      return;
    }
    const duration = durationOf(item, this.#resources);
    const resource = this.#resources.get(item.attributes.ref);
    const start =
      parseTime(item.attributes.start) ??
      (item.name === 'asset-clip' || item.name === 'video' || item.name === 'audio'
        ? parseTime(resource?.attributes.start)
        : undefined) ??
      ZERO;
    const extent = {
      start: latest(place.window.start, subtract(place.at, place.before ?? ZERO)),
      end: earliest(place.window.end, add(add(place.at, duration), place.after ?? ZERO)),
    };
    if (compare(extent.end, extent.start) > 0) this.#content(item, resource, start, duration, extent, place);
    this.#anchored(item, start, extent, place);
  }

  #content(
    item: Element,
    resource: Element | undefined,
    start: Time,
    duration: Time,
    extent: Span,
    place: Place,
  ): void {
    const show = shown(item, place.show);
    switch (item.name) {
      case 'asset-clip':
        this.#asset(item, resource, start, duration, extent, { ...place, show });
        return;
      case 'video':
        if (resource?.name === 'effect') break;
        this.#asset(item, resource, start, duration, extent, { ...place, show: { ...show, sound: false } });
        return;
      case 'audio':
        this.#asset(item, resource, start, duration, extent, { ...place, show: { ...show, picture: false } });
        return;
      case 'ref-clip': {
        const id = item.attributes.ref ?? '';
        const sequence = child(resource, 'sequence');
        if (!sequence) throw invalid(`The compound clip "${item.attributes.name ?? id}" has no sequence.`);
        this.#nested(
          item,
          child(sequence, 'spine'),
          id,
          start,
          extent,
          { ...place, show },
          parseTime(sequence.attributes.tcStart),
        );
        return;
      }
      case 'mc-clip':
        this.#multicam(item, resource, start, extent, { ...place, show });
        return;
      case 'title':
        this.#list.note(
          `"${item.attributes.name ?? 'title'}" is a title: nothing of it is judged but the export itself.`,
        );
        return;
      default:
    }
    if (item.name === 'video')
      this.#list.note(
        `"${item.attributes.name ?? 'generator'}" is a generator: nothing of it is judged but the export itself.`,
      );
  }

  /** Elements inside a clip (within its extent), and those connected to it (`lane`, as far as its parents reach). */
  #anchored(item: Element, start: Time, extent: Span, place: Place): void {
    const container = item.name === 'clip' || item.name === 'sync-clip';
    const mapped = container && child(item, 'timeMap') !== undefined;
    if (mapped) this.#list.note(`"${item.attributes.name ?? item.name}" is retimed: all of it counts as used.`);
    for (const inner of item.children) {
      if (inner.name !== 'spine' && !STORY.includes(inner.name)) continue;
      const { lane, offset } = inner.attributes;
      const contained = container && (lane === undefined || (item.name === 'clip' && inner.name === 'audio'));
      if (!contained && lane === undefined && item.name !== 'gap') {
        // `audio` inside `video` inside a `clip` is its other half.
        if (inner.name !== 'audio' && inner.name !== 'video' && inner.name !== 'spine') continue;
      }
      const at = add(
        place.at,
        subtract(parseTime(offset) ?? (inner.name === 'spine' && lane === undefined ? start : ZERO), start),
      );
      const window = mapped
        ? {
            start: at,
            end: add(
              at,
              inner.name === 'spine'
                ? totalOf({ ...item, children: [inner] }, this.#resources)
                : durationOf(inner, this.#resources),
            ),
          }
        : contained
          ? extent
          : place.window;
      const next: Place = {
        ...place,
        at,
        window,
        before: undefined,
        after: undefined,
        transition: undefined,
        show: contained ? shown(item, place.show) : place.show,
        track: lane === undefined ? place.track : `lane ${lane}`,
      };
      if (inner.name === 'spine') this.storyline(inner, next);
      else this.item(inner, next);
    }
  }

  #nested(
    item: Element,
    spine: Element | undefined,
    id: string,
    start: Time,
    extent: Span,
    place: Place,
    clock: Time = ZERO,
  ): void {
    if (place.path.includes(id)) throw invalid(`The sequence "${item.attributes.name ?? id}" contains itself.`);
    if (place.path.length >= MOST_NESTING) throw invalid(`The timeline nests more than ${MOST_NESTING} sequences.`);
    this.#list.enter();
    // A nested sequence's own clock begins at its start timecode where the clip's does.
    const shift = compare(start, clock) >= 0 ? subtract(start, clock) : start;
    const retimed = child(item, 'timeMap') !== undefined;
    if (retimed) this.#list.note(`"${item.attributes.name ?? id}" is retimed: all of it counts as used.`);
    const at = retimed ? place.at : subtract(place.at, shift);
    const total = totalOf(
      { name: 'sequence', attributes: {}, children: spine ? [spine] : [], text: '' },
      this.#resources,
    );
    const window = retimed ? { start: at, end: add(at, total) } : extent;
    this.storyline(spine, {
      ...place,
      at,
      window,
      before: undefined,
      after: undefined,
      transition: undefined,
      path: [...place.path, id],
    });
  }

  #multicam(item: Element, resource: Element | undefined, start: Time, extent: Span, place: Place): void {
    const id = item.attributes.ref ?? '';
    const multicam = child(resource, 'multicam');
    if (!multicam) throw invalid(`The multicam clip "${item.attributes.name ?? id}" has no angles.`);
    const clock = parseTime(multicam.attributes.tcStart);
    const sources = childrenNamed(item, 'mc-source');
    for (const source of sources) {
      const angle = childrenNamed(multicam, 'mc-angle').find(
        one => one.attributes.angleID === source.attributes.angleID,
      );
      if (!angle) throw invalid(`The multicam clip "${item.attributes.name ?? id}" names an angle that is not there.`);
      this.#nested(item, angle, id, start, extent, { ...place, show: shown(source, place.show) }, clock);
    }
  }

  #asset(item: Element, resource: Element | undefined, start: Time, duration: Time, extent: Span, place: Place): void {
    if (resource?.name !== 'asset') throw invalid(`"${item.attributes.name ?? item.name}" refers to no asset.`);
    const src = child(resource, 'media-rep')?.attributes.src ?? resource.attributes.src ?? '';
    const path = pathOfUrl(src);
    const name = path ? baseName(path) : (resource.attributes.name ?? '');
    const origin = parseTime(resource.attributes.start) ?? ZERO;
    const map = timeMap(item);
    const base = {
      name: item.attributes.name ?? name,
      track: place.track,
      source: {
        name,
        path,
        reel:
          descend(resource, 'metadata')?.children.find(md => md.attributes.key === 'com.apple.proapps.studio.reel')
            ?.attributes.value ?? null,
        sha256: null,
      },
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
    if (
      place.show.picture &&
      resource.attributes.hasVideo !== '0' &&
      (resource.attributes.hasVideo === '1' || resource.attributes.hasAudio !== '1')
    )
      this.#list.add({ ...base, medium: 'picture', record: extent, ...sourceOf(extent) });
    if (place.show.sound && resource.attributes.hasAudio === '1') {
      // A split edit: the sound begins and ends elsewhere than the picture, in the clip's own time.
      const from = parseTime(item.attributes.audioStart) ?? start;
      const length = parseTime(item.attributes.audioDuration) ?? duration;
      const at = add(place.at, subtract(from, start));
      const split = item.attributes.audioStart !== undefined || item.attributes.audioDuration !== undefined;
      const record = split
        ? { start: latest(place.window.start, at), end: earliest(place.window.end, add(at, length)) }
        : extent;
      if (compare(record.end, record.start) > 0)
        this.#list.add({ ...base, medium: 'sound', record, ...sourceOf(record) });
    }
  }
}

/** Which halves of a clip are switched on. */
function shown(item: Element, show: Show): Show {
  const { srcEnable } = item.attributes;
  return {
    picture: show.picture && srcEnable !== 'audio' && srcEnable !== 'none',
    sound: show.sound && srcEnable !== 'video' && srcEnable !== 'none',
  };
}
