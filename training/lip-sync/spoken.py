"""When p, b and m are spoken in talking clips, by pocketsphinx: from the words of transcripts.json, or else from those it recognises.

    python3 training/lip-sync/spoken.py <folder of clips> [output .json]

Never used for training: it is what the bench holds lips and the closures that were heard against. English clips only.
"""
import glob
import json
import os
import sys

from phonemes import Sphinx, decoded, recognised

LEAST = 0.3  # posterior of a word that was recognised


def main():
    folder, target = (sys.argv[1:] + ['training/cache/lip-sync/spoken.json'])[:2]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'transcripts.json')) as f:
        texts = json.load(f)
    sphinx, out = Sphinx(), {}
    if os.path.exists(target):
        with open(target) as f:
            out = json.load(f)
    for file in sorted(glob.glob(os.path.join(folder, '*'))):
        name = os.path.basename(file)
        sound = decoded(file) if name not in out else []
        if len(sound) < 16000:
            continue
        text = next((t['text'] for t in texts if t['clip'] in name), None)
        if text is None:
            segments = recognised(sphinx, sound, LEAST)
        else:
            aligned = sphinx.align(sound, sphinx.said(text))
            segments = aligned and aligned[0]
        known = [s for s in segments or [] if s[2] != '?']
        out[name] = dict(transcript=text is not None, seconds=round(len(sound) / 16000, 2),
                         known=[[round(a, 2), round(b, 2)] for a, b, _ in known],
                         closures=[[round(a, 2), round(b, 2), n] for a, b, n in known if n in ('P', 'B', 'M')])
        print(f"{name[:40]:40s} {'transcript' if text else 'recognised'} {len(known)} sounds, {len(out[name]['closures'])} p b m", flush=True)
        with open(target, 'w') as f:
            json.dump(out, f)


if __name__ == '__main__':
    main()
