import { effect } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Overlay } from './overlay.tsx';
import {
  base,
  clampFrame,
  code,
  extras,
  frame,
  frames,
  goTo,
  lastFrame,
  playing,
  report,
  secondsOf,
  seekTime,
  shotAt,
  step,
  transport,
} from './state.ts';
import { frameAt } from './timebase.ts';

const { clip } = report;

/** Where the moving picture comes from: a URL beside the page, or an object URL made of the embedded bytes. */
function sourceUrl(): string | null {
  const { how, src, data, type } = extras.clip;
  if (how === 'embedded' && data) {
    const bytes = Uint8Array.from(atob(data), char => char.charCodeAt(0));
    return URL.createObjectURL(new Blob([bytes], { type }));
  }
  return how !== 'none' && src ? src : null;
}

/** Milliseconds after a seek in which the browser has told what it shows, if it does. */
const LATE = 500;

/** Drives the video element: exact seeks one at a time, forward at any rate, backward frame by frame. */
function drive(video: HTMLVideoElement): () => void {
  let wanted: number | null = null;
  let timer = 0;
  let stopped = false;
  let late = 0;
  const exact = typeof video.requestVideoFrameCallback === 'function';
  const pump = () => {
    if (wanted === null || video.seeking || video.readyState < 1) return;
    const to = wanted;
    wanted = null;
    const target = Math.min(seekTime(to), Number.isFinite(video.duration) ? video.duration - 1e-4 : Infinity);
    if (Math.abs(video.currentTime - target) > 1e-5) video.currentTime = target;
  };
  const stop = () => {
    cancelAnimationFrame(timer);
    const forward = playing.value > 0;
    video.pause();
    playing.value = 0;
    // The clock may have passed into the next frame since the last callback: settle on one, in its middle.
    if (forward) transport.seek(clampFrame(frameAt(base, video.currentTime)));
  };
  transport.seek = to => {
    frame.value = to;
    wanted = to;
    pump();
  };
  transport.play = speed => {
    cancelAnimationFrame(timer);
    if (speed === 0) {
      if (playing.value !== 0) stop();
      return;
    }
    playing.value = speed;
    if (speed > 0) {
      video.playbackRate = speed;
      if (frame.value >= lastFrame) transport.seek(0);
      video.play().catch(stop);
      if (!exact) follow();
    } else rewind(speed);
  };
  /** Reads the clock on every repaint, for browsers that do not report presented frames. */
  const follow = () => {
    presented(video.currentTime);
    timer = requestAnimationFrame(follow);
  };
  const rewind = (speed: number) => {
    video.pause();
    const from = secondsOf(frame.value);
    const began = performance.now();
    const tick = (now: number) => {
      const to = frameAt(base, base.first + from + (speed * (now - began)) / 1000);
      if (to !== frame.value) transport.seek(to);
      if (to <= 0) return stop();
      timer = requestAnimationFrame(tick);
    };
    timer = requestAnimationFrame(tick);
  };

  const presented = (time: number) => {
    // While a seek is on its way the playhead already shows where it goes.
    if (playing.value > 0) frame.value = frameAt(base, time);
  };
  const onFrame = (_now: number, { mediaTime }: VideoFrameCallbackMetadata) => {
    if (stopped) return;
    video.dataset.shown = String(frameAt(base, mediaTime, 0.25));
    presented(mediaTime);
    video.requestVideoFrameCallback(onFrame);
  };
  if (exact) video.requestVideoFrameCallback(onFrame);
  // A browser under load may present the frame that was sought before it reports the one before, and then never reports it.
  const arrived = () => {
    pump();
    clearTimeout(late);
    late = window.setTimeout(() => {
      if (video.paused && !video.seeking) video.dataset.shown = String(frameAt(base, video.currentTime));
    }, LATE);
  };
  const listeners: [string, () => void][] = [
    ['seeked', arrived],
    ['loadeddata', pump],
    ['loadedmetadata', pump],
    [
      'ended',
      () => {
        stop();
        frame.value = lastFrame;
      },
    ],
  ];
  for (const [name, listener] of listeners) video.addEventListener(name, listener);
  wanted = frame.peek();
  pump();
  return () => {
    stopped = true;
    clearTimeout(late);
    cancelAnimationFrame(timer);
    for (const [name, listener] of listeners) video.removeEventListener(name, listener);
  };
}

export function Player() {
  const video = useRef<HTMLVideoElement>(null);
  const [source, setSource] = useState<string | null>(sourceUrl);
  const [aspect, setAspect] = useState(clip.width / Math.max(1, clip.height));
  const [failed, setFailed] = useState(source === null);
  useEffect(() => (video.current ? drive(video.current) : undefined), [source]);
  const locate = (event: Event) => {
    const file = (event.currentTarget as HTMLInputElement).files?.[0];
    if (!file) return;
    setSource(URL.createObjectURL(file));
    setFailed(false);
  };
  return (
    <section class="player" aria-label="Player">
      <div class="stage">
        <div class="picture" style={{ aspectRatio: String(aspect), '--aspect': String(aspect) }}>
          {source !== null && !failed && (
            // biome-ignore lint/a11y/useMediaCaption: the clip under review has no captions
            <video
              ref={video}
              src={source}
              preload="auto"
              playsInline
              tabIndex={-1}
              aria-label={`The clip, ${clip.frames} frames`}
              onClick={() => transport.play(playing.value === 0 ? 1 : 0)}
              onLoadedMetadata={event => {
                const { videoWidth, videoHeight } = event.currentTarget;
                if (videoWidth > 0 && videoHeight > 0) setAspect(videoWidth / videoHeight);
              }}
              onError={() => setFailed(true)}
            />
          )}
          {failed && <StillFrame />}
          <Overlay />
        </div>
      </div>
      {failed && (
        <p class="locate">
          <span>
            {source === null && extras.clip.note
              ? extras.clip.note
              : 'The clip is not where this report expects it, or this browser cannot play it.'}{' '}
            Stills are shown instead.
          </span>
          <label class="button">
            Locate the clip…
            <input type="file" accept="video/*,.mkv,.mov,.gif" class="unseen" onChange={locate} />
          </label>
        </p>
      )}
      {!failed && extras.clip.how === 'proxy' && (
        <p class="locate">{extras.clip.note ?? 'A proxy is shown: browsers cannot play the original.'}</p>
      )}
      {extras.warnings.map(warning => (
        <p class="locate" key={warning}>
          {warning}
        </p>
      ))}
      <Transport idle={failed} />
    </section>
  );
}

/** The still nearest to the playhead, for when there is no video. */
function StillFrame() {
  const known = Object.keys(extras.stills).map(Number);
  if (known.length === 0) return <p class="nostill">No picture</p>;
  const nearest = known.reduce((a, b) => (Math.abs(b - frame.value) < Math.abs(a - frame.value) ? b : a));
  return <img src={extras.stills[nearest].src} alt={`Frame ${nearest}`} />;
}

function Transport({ idle }: { idle: boolean }) {
  const now = frame.value;
  const shot = shotAt(now);
  const speed = playing.value;
  const button = (label: string, keys: string, path: string, act: () => void, disabled = false) => (
    <button
      type="button"
      class="icon"
      aria-label={label}
      title={`${label} (${keys})`}
      aria-keyshortcuts={keys}
      onClick={act}
      disabled={disabled}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path d={path} />
      </svg>
    </button>
  );
  return (
    <div class="transport">
      <fieldset class="buttons" aria-label="Transport">
        {button('Previous in the list', 'P', 'M2 2h2v12H2zM14 2v12L5 8z', () => step(-1))}
        {button('One frame back', 'ArrowLeft', 'M11 2v12L3 8z', () => goTo(frame.value - 1))}
        {speed !== 0
          ? button('Pause', 'Space', 'M3 2h4v12H3zM9 2h4v12H9z', () => transport.play(0))
          : button('Play', 'Space', 'M3 1.5v13L14 8z', () => transport.play(1), idle)}
        {button('One frame forward', 'ArrowRight', 'M5 2v12l8-6z', () => goTo(frame.value + 1))}
        {button('Next in the list', 'N', 'M12 2h2v12h-2zM2 2v12l9-6z', () => step(1))}
      </fieldset>
      <output class="where">
        <b class="timecode">{code(now)}</b>
        <span>
          frame <b>{now}</b> of {clip.frames}
        </span>
        <span>{secondsOf(now).toFixed(3)} s</span>
        {shot && <span>shot {shot.id}</span>}
        {speed !== 0 && speed !== 1 && <span class="speed">{speed}×</span>}
      </output>
      <Usable />
    </div>
  );
}

/** Says whether the frame under the playhead can be cut with. */
function Usable() {
  const now = frame.value;
  const range = report.verdict.usable.find(({ start, end }) => now >= start && now < end);
  return range ? (
    <span class="usable-here">usable: {frames(range.start, range.end)}</span>
  ) : (
    <span class="usable-here none">outside usable ranges</span>
  );
}

/** A spoken line for screen readers when the playhead comes to rest, not on every frame. */
export function announcePlayhead(say: (text: string) => void): () => void {
  let timer = 0;
  return effect(() => {
    const now = frame.value;
    const moving = playing.value !== 0;
    clearTimeout(timer);
    if (!moving) timer = window.setTimeout(() => say(`Frame ${now}, ${code(now)}`), 700);
  });
}
