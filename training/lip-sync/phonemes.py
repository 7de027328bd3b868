"""Speech with the time of every sound: what closure.py learns from, without a picture.

    python3 training/lip-sync/phonemes.py <output .npz> espeak|flite|tuxpaint [seconds] [folder] [language …]

Synthetic speech times itself: espeak-ng (espeak.py, many voices and languages) and flite (five voices made of recordings).
Recordings are aligned by pocketsphinx: the spoken names of tuxpaint-stamps-default (eleven languages, texts beside them).
All of these are Debian packages; nothing of them is kept but bands and labels under training/cache.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

import numpy as np

from espeak import ENGLISH, VARIANTS, VOICES, RATE, Espeak, bands

MODEL = '/usr/share/pocketsphinx/model/en-us'
CLASSES = dict(P='pb', B='pb', M='m', T='td', D='td', N='n', K='kg', G='kg', NG='n', F='fv', V='fv', S='s', Z='s', SH='sh', ZH='sh', CH='sh', JH='sh',
               TH='th', DH='th', HH='h', L='lr', R='lr', W='w', Y='y', UW='round', UH='round', OW='round', AO='round', OY='round')
NAMES = ['', 'pb', 'm', 'td', 'n', 'kg', 'fv', 's', 'sh', 'th', 'h', 'lr', 'w', 'y', 'round', 'vowel']
UNKNOWN = 255
# IPA, as espeak-ng writes it, to the nearest sounds that the aligner knows. [β] is no closure.
IPA = dict(p='P', b='B', m='M', t='T', d='D', k='K', c='K', g='G', ɡ='G', n='N', ŋ='NG', ɲ='N', ɳ='N', f='F', v='V', β='V', ʋ='V', s='S', z='Z', ʃ='SH', ʒ='ZH',
           ɕ='SH', ʑ='ZH', ʂ='SH', ʐ='ZH', x='HH', χ='HH', h='HH', ɦ='HH', ç='HH', ɣ='G', ʝ='Y', ʁ='R', r='R', ʀ='R', ɹ='R', ɾ='D', ɽ='R', l='L', ɫ='L', ʎ='L', j='Y', w='W', ɥ='W',
           θ='TH', ð='DH', a='AA', ɐ='AH', ɑ='AA', ɒ='AA', æ='AE', e='EH', ɛ='EH', ɜ='ER', ɚ='ER', ɝ='ER', i='IY', ɪ='IH', ɨ='IH', y='UW', ʏ='UH', o='AO', ɔ='AO', u='UW', ʊ='UH', ʉ='UW',
           ə='AH', ɵ='AH', ʌ='AH', ɤ='AH', ø='ER', œ='ER', ɘ='AH', ᵻ='IH')
FLITE = dict(ax='AH', axr='ER', pau='', ix='IH', dx='D', el='L', em='M', en='N', h='HH', hh='HH')
STAMPS = '/usr/share/tuxpaint/stamps'
LANGUAGES = ['en', 'fr', 'es', 'ca', 'ro', 'ru', 'bg', 'be', 'el', 'da', 'nl']


def arpabet(ipa):
    """ARPABET of one IPA word or sound, unknown signs left out."""
    ipa = ipa.replace('t͡ʃ', 'tʃ').replace('d͡ʒ', 'dʒ')
    return [IPA[c] for c in ipa if c in IPA]


def classed(rows, segments):
    """Class of every 10 ms row; segments: (start s, end s, ARPABET or '')."""
    out = np.zeros(rows, np.uint8)
    for start, end, name in segments:
        code = UNKNOWN if name == '?' else NAMES.index(CLASSES.get(name, 'vowel')) if name else 0
        out[int(round(100 * start)):int(round(100 * end))] = code
    return out


def decoded(file):
    """16 kHz mono samples at container time."""
    done = subprocess.run(['ffmpeg', '-v', 'error', '-i', file, '-map', '0:a:0', '-ac', '1', '-ar', str(RATE), '-af', 'aresample=async=1:first_pts=0', '-f', 'f32le', '-'],
                          capture_output=True, stdin=subprocess.DEVNULL)
    return np.frombuffer(done.stdout, '<f4')


class Sphinx:
    """Words that were said, and when every sound of known words was said."""

    def __init__(self):
        from pocketsphinx import Decoder
        self.made = Decoder
        self.folder = tempfile.mkdtemp()
        self.dict = {}
        with open(f'{MODEL}/cmudict-en-us.dict') as f:
            for line in f:
                word, *sounds = line.split()
                self.dict.setdefault(re.sub(r'\(\d+\)$', '', word), []).append(sounds)
        sounds = os.path.join(self.folder, 'sounds.dict')
        with open(sounds, 'w') as f:
            names = sorted({s for ways in self.dict.values() for way in ways for s in way})
            f.write(''.join(f'{s} {s}\nany_{s} {s}\n' for s in names))
        self.anything = [[f'any_{s}'] for s in 'AH IY AA S T N L P M'.split()]
        self.words = self._decoder([('-lm', f'{MODEL}/en-us.lm.bin'), ('-dict', f'{MODEL}/cmudict-en-us.dict')], 1e-60)
        self.sounds = self._decoder([('-dict', sounds)], 1e-80)

    def _decoder(self, strings, beam):
        c = self.made.default_config()
        for key, value in [('-hmm', f'{MODEL}/en-us'), ('-logfn', '/dev/null'), ('-cmn', 'batch'), *strings]:
            c.set_string(key, value)
        for key in ('-remove_silence', '-remove_noise'):  # both would move times
            c.set_boolean(key, False)
        for key in ('-beam', '-wbeam', '-pbeam'):
            c.set_float(key, beam)
        return self.made(c)

    @staticmethod
    def _run(decoder, samples):
        loud = np.asarray(samples) / (np.abs(samples).max() + 1e-9) * 0.6
        decoder.start_utt()
        decoder.process_raw((loud * 32767).astype('<i2').tobytes(), False, True)
        decoder.end_utt()
        hyp = decoder.hyp()
        return hyp, [(s.word, s.start_frame / 100, (s.end_frame + 1) / 100, s.prob) for s in (decoder.seg() or [])]

    def recognise(self, samples):
        """(word, start, end, posterior); fillers left out."""
        scale = self.words.get_logmath()
        return [(re.sub(r'\(\d+\)$', '', w), a, b, scale.exp(p)) for w, a, b, p in self._run(self.words, samples)[1] if w[0] not in '<[+']

    def align(self, samples, words):
        """Segments and the score per frame of words given as lists of ways to say them (lists of sounds); None where it fails."""
        ways = lambda word: '( ' + ' | '.join(' '.join(way) for way in word) + ' )' + ('+' if word is self.anything else '')
        grammar = '#JSGF V1.0; grammar g; public <g> = ' + ' '.join(ways(w) for w in words if w) + ' ;'
        try:
            self.sounds.set_jsgf_string('g', grammar)
            self.sounds.set_search('g')
            hyp, segments = self._run(self.sounds, samples)
        except RuntimeError:
            return None
        if hyp is None:
            return None
        name = lambda w: '' if w[0] in '<[+(' else '?' if w.startswith('any_') else w
        return [(a, b, name(w)) for w, a, b, _ in segments], hyp.best_score / max(1, len(samples) // 160)

    def said(self, text):
        """Ways to say the words of an English text, * for any; words that the dictionary lacks are spelled by espeak-ng."""
        found = []
        for word in re.findall(r"[a-z']+|[*]", text.lower()):
            found.append(self.anything if word == '*' else self.dict.get(word) or [arpabet(ipa_of(word, 'en-us'))])
        return found


def ipa_of(text, voice):
    return subprocess.run(['espeak-ng', '-q', '--ipa', '-v', voice, '--', text], stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout.strip()


def by_espeak(seconds, rng):
    espeak, total = Espeak(), 0.0
    while total < seconds:
        text = ' '.join(rng.choice(ENGLISH, int(rng.integers(5, 14)))) + rng.choice(['.', '?', ',', '.'])
        voice, variant = rng.choice(VOICES), rng.choice(VARIANTS)
        said = espeak.say(text, voice + variant, rng.integers(120, 220), rng.integers(20, 80))
        if said is None or len(said[1]) < 3:
            continue
        sound, events = said
        segments = [(start, end, (arpabet(name) or [''])[0]) for (start, name), (end, _) in zip(events, events[1:] + [(len(sound) / RATE, '')])]
        total += len(sound) / RATE
        yield f'espeak{variant}', sound, segments


def by_flite(seconds, rng):
    total = 0.0
    while total < seconds:
        voice = rng.choice(['slt', 'awb', 'rms', 'kal16'])
        text = ' '.join(rng.choice(ENGLISH, int(rng.integers(6, 14))))
        with tempfile.NamedTemporaryFile(suffix='.wav') as f:
            speed = rng.uniform(0.75, 1.25)
            said = subprocess.run(['flite', '-voice', voice, '--setf', f'duration_stretch={speed:.2f}', '-t', text, '-psdur', '-o', f.name], capture_output=True, text=True).stdout
            sound = decoded(f.name)
        ends = [(name, float(end)) for name, end in (pair.split(':') for pair in said.split())]
        segments = [(start, end, FLITE.get(name, name.upper())) for (_, start), (name, end) in zip([('', 0.0)] + ends, ends)]
        total += len(sound) / RATE
        yield f'flite {voice}', sound, segments


def by_tuxpaint(folder, seconds, rng, sphinx, languages):
    """Names of things, read aloud in many languages; seconds of each."""
    for language in languages:
        end = '_desc.ogg' if language == 'en' else f'_desc_{language}.ogg'
        files = sorted(glob.glob(os.path.join(folder, '**', '*' + end), recursive=True))
        rng.shuffle(files)
        found, total = [], 0.0
        for file in files:
            if total > seconds:
                break
            if not os.path.exists(file[:-len(end)] + '.txt'):
                continue
            with open(file[:-len(end)] + '.txt', encoding='utf8', errors='replace') as f:
                lines = f.read().splitlines()
            text = lines[0] if language == 'en' else next((l.split('=', 1)[1] for l in lines if l.startswith(f'{language}.utf8=')), '')
            words = [[arpabet(w)] for w in ipa_of(text, language).split()] if text else []
            sound = decoded(file)
            if not words or not any(w[0] for w in words) or len(sound) < 0.4 * RATE:
                continue
            aligned = sphinx.align(sound, words)
            if aligned is None:
                continue
            found.append((aligned[1], sound, aligned[0]))
            total += len(sound) / RATE
        found.sort(key=lambda row: -row[0])  # the worst fits are often other words than the text says
        for _, sound, segments in found[:int(0.85 * len(found))]:
            yield f'tuxpaint {language}', sound, segments


def recognised(sphinx, sound, least=0.15):
    """Segments of English speech whose words are not known: sounds of words that were recognised weakly are unknown ('?')."""
    words = sphinx.recognise(sound)
    if not words:
        return None
    aligned = sphinx.align(sound, [sphinx.dict[w] for w, *_ in words if w in sphinx.dict])
    if aligned is None:
        return None
    weak = [(a, b) for _, a, b, p in words if p < least]
    inside = lambda a, b: any(x < (a + b) / 2 < y for x, y in weak)
    return [(a, b, '?' if inside(a, b) else name) for a, b, name in aligned[0]]


def main():
    target = sys.argv[1]
    kind, seconds, folder = sys.argv[2], float((sys.argv[3:] + [600])[0]), (sys.argv[4:] + [STAMPS])[0]
    rng = np.random.default_rng(len(target))
    if kind == 'tuxpaint':
        source = by_tuxpaint(folder, seconds, rng, Sphinx(), sys.argv[5:] or LANGUAGES)
    else:
        source = (by_espeak if kind == 'espeak' else by_flite)(seconds, rng)
    mels, labels, names = [], [], []
    for name, sound, segments in source:
        m = bands(sound + rng.normal(0, 10 ** rng.uniform(-5, -3.3), len(sound)))
        mels.append(m.astype(np.float16))
        labels.append(classed(len(m), segments))
        names.append(name)
    np.savez(target, mel=np.concatenate(mels), label=np.concatenate(labels), ends=np.cumsum([len(m) for m in mels]), source=np.array(names))
    for name in sorted(set(names)):
        every = np.concatenate([l for l, n in zip(labels, names) if n == name])
        print(f'{name:16s} {len(every) / 6000:5.1f} min, p b m {np.mean((every == 1) | (every == 2)):.3f}')


if __name__ == '__main__':
    main()
