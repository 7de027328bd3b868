import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { readRgb, toPicture } from '../../fixtures/photos.ts';
import { handIntegrity } from '../../src/detectors/hand-integrity.ts';
import { squareOfJudgedHand } from '../../src/observers/hand-crop.ts';
import { gateHand, gateLook } from '../../src/observers/hand-gate.ts';
import type { HandNet } from '../../src/observers/hand-net.ts';
import { UNSTEADY_EVERY } from '../../src/observers/hand-unsteady.ts';
import { Cropper } from '../../src/observers/vision/crop.ts';
import { HandEye, type HandSighting, squareOfHand } from '../../src/observers/vision/hand-eye.ts';
import { closeNets, openNets } from '../../src/observers/vision/nets.ts';
import type { Square } from '../../src/observers/vision/square.ts';
import { type Experts, steadyFaults } from '../../src/signals/hands/experts.ts';
import type { Look } from '../../src/signals/hands/looks.ts';
import { poseStrangeness } from '../../src/signals/hands/pose.ts';
import { windowMedians } from '../../src/signals/hands/windows.ts';
import { median } from '../../src/statistics.ts';
import { cuesOfCrop } from './planted.ts';
import { halfOf, separation } from './report.ts';
import { CROP } from './seen.ts';
import type { Steadiness } from './steadiness.ts';

interface PlantedLook {
  file: string;
  kind: string;
  track: number;
  /** Hand of a real clip, or of a still that was moved. */
  made: 'clip' | 'still';
  repo: string;
  series: string;
  points: [number, number][];
  others: [number, number][][];
}

type SeenLook = PlantedLook & {
  seen: { points: Float32Array; world: Float32Array; square: Square; crop: Uint8Array; others: Float32Array[] } | null;
};

/** A hand over its looks with a fault that follows it, or none. */
export interface PlantedHand {
  kind: string;
  made: 'clip' | 'still';
  repo: string;
  series: string;
  looks: Look[];
}

const SIDE = 224;

/** Planted hands of clips as the product sees them, look by look: landmarks measured anew, the gate, the local network. */
export async function judgePlantedClips(folder: string, net: HandNet, steadiness: Steadiness): Promise<PlantedHand[]> {
  const hands = new Map<number, PlantedHand>();
  for (const { seen, file, track, kind, made, repo, series } of await seeLooks(folder)) {
    const hand = hands.get(track) ?? { kind, made, repo, series, looks: [] };
    hands.set(track, hand);
    if (!seen) continue;
    const cues = await cuesOfCrop(net, seen, { width: SIDE, height: SIDE }, seen.others);
    if (gateLook(cues) !== 'judged') continue;
    if (hand.looks.length % UNSTEADY_EVERY === 0)
      cues.unsteady = await steadiness.of(path.join(folder, file), seen.points);
    hand.looks.push({ frame: hand.looks.length, row: 0, hand: 0, cues, strangeness: poseStrangeness(seen.world) });
  }
  return [...hands.values()];
}

async function seeLooks(folder: string): Promise<SeenLook[]> {
  const kept = path.join(folder, 'seen.v8');
  if (existsSync(kept)) return deserialize(await readFile(kept)) as SeenLook[];
  const index = JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8')) as PlantedLook[];
  const nets = await openNets({ palm: 'palm-detection', full: 'hand-landmarks' });
  const cropper = new Cropper({ range: 'limited', matrix: 'smpte170m' }, SIDE);
  const eye = new HandEye(nets, cropper, { limit: 1, detection: 0.5, presence: 0.5, chance: 0.65 });
  const input = new Float32Array(3 * CROP * CROP);
  const all: SeenLook[] = [];
  const before: { track: number; hand: HandSighting | null } = { track: -1, hand: null };
  for (const look of index) {
    const picture = toPicture(await readRgb(path.join(folder, look.file)));
    const first: HandSighting | null =
      before.hand && before.track === look.track
        ? await eye.measure(picture, eye.next(before.hand))
        : await eye.measure(picture, squareOfHand(triples(look.points)));
    const hand: HandSighting | null = first && (await eye.measure(picture, eye.next(first)));
    Object.assign(before, { track: look.track, hand });
    const others = look.others.map(triples);
    // Size and neighbours were judged where the hand was cut out.
    const gate = hand && gateHand(hand, [], picture, 100);
    if (!hand || gate !== 'judged') {
      all.push({ ...look, seen: null });
      continue;
    }
    const square = squareOfJudgedHand(hand.points);
    cropper.cut(picture, square, CROP, input, { scale: 1, offset: 0 }, 'repeat');
    const crop = Uint8Array.from(input, value => Math.min(255, Math.max(0, Math.round(value))));
    all.push({ ...look, seen: { points: hand.points, world: hand.world, square, crop, others } });
  }
  await closeNets(nets);
  await writeFile(kept, serialize(all));
  return all;
}

const triples = (points: readonly [number, number][]): Float32Array =>
  Float32Array.from(points.flatMap(([x, y]) => [x + 0.5, y + 0.5, 0]));

const FAULTS = ['real', 'harmless', 'extra', 'missing', 'fused', 'melted', 'implausible'] as const;
/** What every planted fault should be called; a missing finger has no name of its own. */
const NAMES: Partial<Record<string, keyof Experts>> = {
  extra: 'extra-finger',
  missing: 'fused-fingers',
  fused: 'fused-fingers',
  melted: 'melting',
  implausible: 'implausible-pose',
};

/** What is found of faults that follow a hand, and how surely each expert tells its fault from untouched and harmlessly edited hands. */
export function reportPlantedClips(hands: readonly PlantedHand[]): void {
  const options = handIntegrity.meta.options.parse({});
  const judged = hands
    .filter(({ looks }) => looks.length >= options.least)
    .map(hand => ({ ...hand, experts: steadyFaults(hand.looks, options) }));
  const names = judged[0].experts.map(({ kind }) => kind);
  console.log(`\nFaults that follow a hand: ${judged.length} of ${hands.length} hands judged\n`);
  console.log(
    `| hands of | half | with | hands | ${names.join(' | ')} | any |\n|---|---|---|---|${'---|'.repeat(names.length + 1)}`,
  );
  for (const made of ['clip', 'still', 'rendered'] as const)
    for (const half of ['choosing', 'proving'] as const)
      for (const kind of FAULTS) {
        const those = judged.filter(hand => hand.made === made && hand.kind === kind && halfOf(hand.series) === half);
        if (those.length === 0) continue;
        const found = names.map((_, k) => those.filter(({ experts }) => experts[k].suspicion.found.length > 0).length);
        const any = those.filter(({ experts }) => experts.some(({ suspicion }) => suspicion.found.length > 0)).length;
        console.log(`| ${made} | ${half} | ${kind} | ${those.length} | ${[...found, any].join(' | ')} |`);
      }
  console.log('\n| hands of | fault | expert | AUC | recall at 1 % | recall at 5 % |\n|---|---|---|---|---|---|');
  for (const made of ['clip', 'still', 'rendered'] as const)
    for (const [kind, name] of Object.entries(NAMES)) {
      const of = (...kinds: string[]) => judged.filter(hand => hand.made === made && kinds.includes(hand.kind));
      const wrong = of(kind);
      if (wrong.length === 0) continue;
      const most = (hand: (typeof judged)[number]): number =>
        hand.experts.find(expert => expert.kind === name)?.suspicion.most ?? 0;
      console.log(
        `| ${made} | ${kind} (${wrong.length}) | ${name} | ${separation(wrong, of('real', 'harmless'), most)} |`,
      );
    }
  reportUnjudged(judged);
}

/** Figures that no finding is made of: landmarks in changed crops, and the map of what is gone, which would have to name missing fingers. */
function reportUnjudged(judged: readonly Omit<PlantedHand, 'repo'>[]): void {
  console.log('\n| hands of | fault | figure | AUC | recall at 1 % | recall at 5 % |\n|---|---|---|---|---|---|');
  const unharmed = judged.filter(({ kind, made }) => ['real', 'harmless'].includes(kind) && MADE.includes(made));
  for (const made of MADE)
    for (const [kind, name, figure] of [
      ['extra', 'unsteady', unsteadiness],
      ['missing', 'unsteady', unsteadiness],
      ['fused', 'unsteady', unsteadiness],
      ['melted', 'unsteady', unsteadiness],
      ['missing', 'gone', absence],
    ] as const) {
      const wrong = judged.filter(hand => hand.made === made && hand.kind === kind);
      const right = unharmed.filter(hand => hand.made === made);
      console.log(`| ${made} | ${kind} (${wrong.length}) | ${name} | ${separation(wrong, right, figure)} |`);
    }
  // Above all unharmed hands of the half on which a threshold may be chosen.
  const threshold = Math.max(...unharmed.filter(({ series }) => halfOf(series) === 'choosing').map(absence));
  console.log(`\n| half | hands with | gone > ${threshold.toFixed(2)} | of |\n|---|---|---|---|`);
  for (const half of ['choosing', 'proving'] as const)
    for (const [name, hands] of [
      ['missing', judged.filter(({ kind }) => kind === 'missing')],
      ['real and harmless', unharmed],
    ] as const) {
      const those = hands.filter(({ series }) => halfOf(series) === half);
      console.log(
        `| ${half} | ${name} | ${those.filter(hand => absence(hand) > threshold).length} | ${those.length} |`,
      );
    }
}

const MADE: readonly string[] = ['clip', 'still'];

type Followed = Pick<PlantedHand, 'looks'>;

/** Median over the looks at which landmarks were measured in changed crops. */
const unsteadiness = ({ looks }: Followed): number => median(looks.map(({ cues }) => cues.unsteady));

/** Strongest median of `gone` over windows of looks, as of the experts; only looks with three fingers extended count, three at least. */
function absence({ looks }: Followed): number {
  const { window, counted } = handIntegrity.meta.options.parse({});
  const values = looks.map(({ cues }) => (cues.open >= 3 ? cues.gone : Number.NaN));
  return Math.max(0, ...windowMedians(values, window, counted));
}
