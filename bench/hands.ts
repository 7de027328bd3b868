/**
 * How well wrong hands are told from right ones, on sources that training never saw.
 *
 *     npm run bench:hands -- <data folder> [planted] [hidden] [followed] [stills] [clips] [third] [--seen]
 *
 * `planted`: faults planted by training/hands/plant_test.py (in training/cache/hands/planted). `followed`: faults that follow a hand from look to look,
 * by training/hands/plant_clips.py. `hidden`: objects planted before hands by training/hands/plant_hidden.py. `stills`: `hands/correct` and
 * `hands/malformed` of the folder. `clips`: `footage`, `talking` (false alarms) and `generated` (labels of manifest.json);
 * `third`: a third hand planted into clips that bench/hands/see.ts has looked at. `--seen`: only clips that bench/hands/see.ts has looked at already.
 */
import path from 'node:path';
import { handIntegrity } from '../src/detectors/hand-integrity.ts';
import { openHandNet } from '../src/observers/hand-net.ts';
import { countable, extraScore } from '../src/signals/hands/experts.ts';
import { reportClips } from './hands/clips.ts';
import { reportHidden } from './hands/hidden.ts';
import { judgePlanted } from './hands/planted.ts';
import { judgePlantedClips, reportPlantedClips } from './hands/planted-clips.ts';
import { reportPlanted } from './hands/report.ts';
import { openSteadiness } from './hands/steadiness.ts';
import { reportStills } from './hands/stills.ts';
import { reportThird } from './hands/third.ts';

const given = process.argv.slice(2).filter(argument => argument !== '--');
const onlySeen = given.includes('--seen');
const [folder, ...parts] = given.filter(argument => !argument.startsWith('--'));
if (folder === undefined) throw new Error('name the data folder');
const wanted = (part: string): boolean => parts.length === 0 || parts.includes(part);
const root = path.join(import.meta.dirname, '..');
const options = handIntegrity.meta.options.parse({});

const net = await openHandNet();
const steadiness = await openSteadiness();
if (wanted('planted')) {
  const planted = await judgePlanted(path.join(root, 'training/cache/hands/planted'), net, steadiness);
  reportPlanted(
    planted,
    ({ cues }) => countable(cues, options),
    ({ cues }) => extraScore(cues),
    options.extra,
  );
}
if (wanted('hidden')) await reportHidden(path.join(root, 'training/cache/hands'), net);
if (wanted('followed'))
  reportPlantedClips(await judgePlantedClips(path.join(root, 'training/cache/hands/planted-clips'), net, steadiness));
if (wanted('stills')) await reportStills(folder);
if (wanted('clips')) await reportClips(folder, path.join(root, 'bench/cache/hands/seen'), net, onlySeen);
if (wanted('third')) {
  const cache = path.join(root, 'bench/cache/hands/seen');
  await reportThird(folder, cache, path.join(root, 'training/cache/hands/planted'));
}
const { hands, ms } = steadiness.cost();
if (hands > 0) console.log(`Landmarks in changed crops: ${(ms / hands).toFixed(2)} ms of CPU per hand`);
await steadiness.close();
await net.close();
