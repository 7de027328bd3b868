import { assembleTimeline } from './assemble.ts';
import { add, compare, earliest, floorFrame, latest, type Span, subtract, type Time, ZERO } from './exact.ts';
import { assetUses, type Place, type Show } from './fcpxml-asset.ts';
import { durationOf, overlap, parseTime, type Resources, rateOfFormat, STORY, totalOf } from './fcpxml-time.ts';
import { type DraftUse, invalid, type Timeline, UseList } from './timeline.ts';
import { child, childrenNamed, type Element, parseXml } from './xml.ts';
import { chooseNamed, enterNested, noteRetimed, noteUnjudged } from './xml-reader.ts';

/**
 * Reads FCPXML (1.8 and later; `Info.fcpxml` of a bundle too): spines, connected and secondary storylines, compound,
 * synchronised and multicam clips, auditions (the chosen one), time maps, split edits. Throws `timeline-invalid`.
 * @param wanted name of the project, where the file holds several
 */
export function readFcpxml(text: string, wanted?: string): Timeline {
  const root = parseXml(text);
  if (root.name !== 'fcpxml') throw invalid('The file is not FCPXML.');
  const project = chooseNamed(projectsOf(root), wanted, {
    kind: 'project',
    nameOf: ({ attributes }) => attributes.name ?? '',
  });
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

function projectsOf(root: Element): Element[] {
  const events = [...childrenNamed(child(root, 'library'), 'event'), ...childrenNamed(root, 'event')];
  return [root, ...events].flatMap(holder => childrenNamed(holder, 'project'));
}

/** A place further in: transitions belong to the clip that they lie beside. */
const inside = (place: Place, over: Partial<Place>): Place => ({
  ...place,
  before: undefined,
  after: undefined,
  transition: undefined,
  ...over,
});

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
    const played = { start, duration, extent };
    switch (item.name) {
      case 'asset-clip':
        this.#add(assetUses(item, resource, played, { ...place, show }));
        return;
      case 'video':
        if (resource?.name === 'effect') break;
        this.#add(assetUses(item, resource, played, { ...place, show: { ...show, sound: false } }));
        return;
      case 'audio':
        this.#add(assetUses(item, resource, played, { ...place, show: { ...show, picture: false } }));
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
        noteUnjudged(this.#list, item.attributes.name, 'title');
        return;
      default:
    }
    if (item.name === 'video') noteUnjudged(this.#list, item.attributes.name, 'generator');
  }

  #add(uses: readonly DraftUse[]): void {
    for (const use of uses) this.#list.add(use);
  }

  /** Elements inside a clip (within its extent), and those connected to it (`lane`, as far as its parents reach). */
  #anchored(item: Element, start: Time, extent: Span, place: Place): void {
    const container = item.name === 'clip' || item.name === 'sync-clip';
    const mapped = container && child(item, 'timeMap') !== undefined;
    if (mapped) noteRetimed(this.#list, item.attributes.name ?? item.name);
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
      const next = inside(place, {
        ...{ at, window, show: contained ? shown(item, place.show) : place.show },
        track: lane === undefined ? place.track : `lane ${lane}`,
      });
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
    const path = enterNested(this.#list, place.path, id, item.attributes.name ?? id);
    // A nested sequence's own clock begins at its start timecode where the clip's does.
    const shift = compare(start, clock) >= 0 ? subtract(start, clock) : start;
    const retimed = child(item, 'timeMap') !== undefined;
    if (retimed) noteRetimed(this.#list, item.attributes.name ?? id);
    const at = retimed ? place.at : subtract(place.at, shift);
    const total = totalOf(
      { name: 'sequence', attributes: {}, children: spine ? [spine] : [], text: '' },
      this.#resources,
    );
    const window = retimed ? { start: at, end: add(at, total) } : extent;
    this.storyline(spine, inside(place, { at, window, path }));
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
}

/** Which halves of a clip are switched on. */
function shown(item: Element, show: Show): Show {
  const { srcEnable } = item.attributes;
  return {
    picture: show.picture && srcEnable !== 'audio' && srcEnable !== 'none',
    sound: show.sound && srcEnable !== 'video' && srcEnable !== 'none',
  };
}
