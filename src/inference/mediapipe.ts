import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { asRetakeError } from '../errors.ts';
import { EYE_A, EYE_B, IRIS_A, IRIS_B, LIPS } from './attention-mesh.ts';
import type { ModelSource } from './manifest.ts';
import { taskBundle, withJoinedMesh, withMetadata } from './mediapipe-assets.ts';
import { MailboxCanvas, type RgbaPicture } from './mediapipe-canvas.ts';
import { readPackageFiles } from './packages.ts';
import { modelEntry } from './store.ts';

export type { RgbaPicture } from './mediapipe-canvas.ts';

/** A point in shares of the picture's width and height; z in shares of its width. */
export interface TaskPoint {
  x: number;
  y: number;
  z: number;
}

/** MediaPipe's own hand or face task, as a reference to compare with. Not used when clips are judged. */
export interface LandmarkTask {
  /**
   * The points of everything found, and for hands the probability of the right hand. With `looks` above 1 the picture
   * is shown as so many frames of a video: from the second on the crops come from landmarks, not from the detector.
   */
  detect(picture: RgbaPicture): TaskSighting[];
  /** What {@link detect} would have said after the first look, the second and so on. */
  detectEach(picture: RgbaPicture): TaskSighting[][];
  close(): void;
}

export interface TaskSighting {
  points: TaskPoint[];
  right?: number;
}

export interface TaskOptions {
  /** Most things to find. */
  most?: number;
  /** How often each picture is shown; 1 is a single still. */
  looks?: number;
}

type Vision = typeof import('@mediapipe/tasks-vision');

/**
 * MediaPipe's hand landmarker in Node, from the same weights that the observers use.
 * @throws RetakeError `model-missing`, `model-corrupt`, `inference-failed`
 */
export async function openHandTask({ most = 6, looks = 1 }: TaskOptions = {}): Promise<LandmarkTask> {
  const [palm, hand] = await Promise.all(['palm-detection', 'hand-landmarks'].map(name => sourceOf(name)));
  const bundle = taskBundle({
    'hand_detector.tflite': withMetadata(palm, 0, 255),
    'hand_landmarks_detector.tflite': withMetadata(hand, 0, 255),
  });
  return guarded(async () => {
    const { vision, files } = await loadTasks();
    const options = {
      baseOptions: baseOptions(bundle),
      canvas: canvas(),
      numHands: most,
      runningMode: modeFor(looks),
    };
    const task = await vision.HandLandmarker.createFromOptions(files, options);
    return landmarkTask(task, looks, ({ landmarks, handedness }) =>
      landmarks.map((points, k) => {
        const [{ categoryName, score }] = handedness[k];
        return { points, right: categoryName === 'Right' ? score : 1 - score };
      }),
    );
  });
}

/** MediaPipe's face landmarker (478 points) in Node. Errors as for {@link openHandTask}. */
export async function openFaceTask({ most = 6, looks = 1 }: TaskOptions = {}): Promise<LandmarkTask> {
  const [detector, mesh] = await Promise.all(['face-detection', 'face-mesh'].map(name => sourceOf(name)));
  const geometry = await sourceOf('face-mesh', GEOMETRY);
  const bundle = taskBundle({
    'face_detector.tflite': withMetadata(detector, 127.5, 127.5),
    'face_landmarks_detector.tflite': withMetadata(withJoinedMesh(mesh, meshOrder()), 0, 255),
    'geometry_pipeline_metadata_landmarks.binarypb': geometry,
  });
  return guarded(async () => {
    const { vision, files } = await loadTasks();
    const options = {
      baseOptions: baseOptions(bundle),
      canvas: canvas(),
      numFaces: most,
      runningMode: modeFor(looks),
    };
    const task = await vision.FaceLandmarker.createFromOptions(files, options);
    return landmarkTask(task, looks, ({ faceLandmarks }) => faceLandmarks.map(points => ({ points })));
  });
}

/** Where the packed assets of the face mesh hold the description of the canonical face, behind its two networks. */
const GEOMETRY: ModelSource = {
  file: 'face_mesh_solution_packed_assets.data',
  start: 3_737_848,
  end: 3_757_224,
  sha256: 'bdbcda96dfcb7da883da124aaa2c55dee49770d934f0fcc71747f8c21bdc75b4',
};

/** The package's own file that a model is made from. */
async function sourceOf(name: string, instead?: ModelSource): Promise<Uint8Array> {
  const entry = modelEntry(name);
  const [file] = await readPackageFiles(instead ? { ...entry, sources: [instead] } : entry);
  return file;
}

const modeFor = (looks: number) => (looks > 1 ? ('VIDEO' as const) : ('IMAGE' as const));

interface AnyTask<Result> {
  detect(picture: never): Result;
  detectForVideo(picture: never, milliseconds: number): Result;
  close(): void;
}

function landmarkTask<Result>(
  task: AnyTask<Result>,
  looks: number,
  sightings: (result: Result) => TaskSighting[],
): LandmarkTask {
  const detectEach = (picture: RgbaPicture) => look(task, picture, looks).map(sightings);
  return { detect: picture => detectEach(picture)[looks - 1], detectEach, close: () => task.close() };
}

/**
 * Time stamps of a task must never go back. Looks lie so many milliseconds apart: the face task smooths a lone face over
 * a few seconds of video, which would hold the landmarks of a still picture back at what the first look saw.
 */
const APART = 1e6;
let looksSoFar = 0;
const nextStamp = () => ++looksSoFar * APART;

/**
 * Shows a picture so many times. An empty picture of the same size goes before a repeated one, so that nothing is
 * followed from the picture before.
 */
function look<Result>(task: AnyTask<Result>, picture: RgbaPicture, looks: number): Result[] {
  const shown = picture as unknown as never;
  if (looks <= 1) return [task.detect(shown)];
  const empty = { ...picture, data: new Uint8ClampedArray(picture.data.length) } as unknown as never;
  task.detectForVideo(empty, nextStamp());
  return Array.from({ length: looks }, () => task.detectForVideo(shown, nextStamp()));
}

const baseOptions = (bundle: Uint8Array) => ({ modelAssetBuffer: bundle, delegate: 'CPU' as const });
const canvas = () => new MailboxCanvas() as unknown as undefined;

async function guarded<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (thrown) {
    throw asRetakeError(thrown, 'inference-failed', 'the MediaPipe task could not be opened');
  }
}

let loaded: Promise<{ vision: Vision; files: { wasmLoaderPath: string; wasmBinaryPath: string } }> | undefined;

/**
 * Loads the tasks' library with the few browser objects that it asks for. Its WebAssembly module is read from the
 * package; nothing is fetched.
 */
function loadTasks() {
  loaded ??= (async () => {
    const require = createRequire(import.meta.url);
    const wasmLoaderPath = require.resolve('@mediapipe/tasks-vision/vision_wasm_internal.js');
    const wasmBinaryPath = require.resolve('@mediapipe/tasks-vision/vision_wasm_internal.wasm');
    const scope = globalThis as unknown as Record<string, unknown>;
    scope.self ??= globalThis;
    scope.OffscreenCanvas ??= MailboxCanvas;
    // Node has a navigator from version 21 on.
    scope.navigator ??= { userAgent: 'Node', platform: process.platform };
    scope.WebGLRenderingContext ??= class {};
    scope.WebGL2RenderingContext ??= class {};
    // The loader is a classic script inside a package of modules: compiled as one, its factory handed over.
    scope.importScripts = (file: string) => {
      const script = `${readFileSync(file, 'utf8')}\nglobalThis.ModuleFactory = ModuleFactory;`;
      vm.compileFunction(script, ['require', '__filename', '__dirname'], { filename: file })(
        require,
        file,
        path.dirname(file),
      );
    };
    return { vision: await import('@mediapipe/tasks-vision'), files: { wasmLoaderPath, wasmBinaryPath } };
  })();
  return loaded;
}

/** Lengths of the mesh network's parts: mesh, lips, two eyes, two irises. */
const LIPS_AT = 1404;
const EYES_AT = [1564, 1706] as const;
const IRISES_AT = [1848, 1858] as const;
/** Points whose depth stands for each iris: the middle of the upper lid. */
const IRIS_DEPTH = [159, 386] as const;

/** For each value of the 478 points, its place in the network's six outputs laid end to end. */
function meshOrder(): Int32Array {
  const order = new Int32Array(1434);
  for (let k = 0; k < 1404; k++) order[k] = k;
  const flat = (points: readonly number[], at: number) => {
    points.forEach((point, k) => {
      order[3 * point] = at + 2 * k;
      order[3 * point + 1] = at + 2 * k + 1;
    });
  };
  flat(LIPS, LIPS_AT);
  [EYE_A, EYE_B].forEach((points, side) => {
    flat(points, EYES_AT[side]);
  });
  IRISES_AT.forEach((at, side) => {
    for (let k = 0; k < 5; k++) {
      const to = 3 * ([IRIS_A, IRIS_B][side] + k);
      order.set([at + 2 * k, at + 2 * k + 1, 3 * IRIS_DEPTH[side] + 2], to);
    }
  });
  return order;
}
