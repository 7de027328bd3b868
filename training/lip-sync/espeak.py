"""Synthetic speech with the time of every phoneme, by espeak-ng, and the product's bands of any speech. Used by phonemes.py.

Wants libespeak-ng, numpy and scipy.
"""
import ctypes

import numpy as np
from scipy.signal import resample_poly

RATE = 16000
VOICES = ['en-us', 'en-gb', 'en-gb-scotland', 'en-029', 'de', 'fr', 'es', 'it', 'nl', 'pt', 'sv', 'pl']
VARIANTS = ['', '+m1', '+m2', '+m3', '+m4', '+m5', '+m6', '+m7', '+m8', '+f1', '+f2', '+f3', '+f4', '+f5', '+Michael', '+Andy', '+Annie', '+Gene', '+Jacky', '+steph', '+Steph', '+Lee', '+belinda']
ENGLISH = '''about above after again against almost along among another any around away baby back bad bank beach beautiful because bed been
before begin behind believe better between big bird black blue boat body book both bottle bottom bread bring brother brown build business busy buy by call camera came
camp can car carry castle cat chair chamber change child city clean climb close cloud coffee cold come company computer copper could country cup day deep did different dinner do dog
door double down dream drive drop drum each early earth eat eight empty end even ever every eye face family far farm farmer fast father feel fine finger fire first fish five floor
flower follow food foot for forest found four free friend from full game garden gave girl give glass go gold good grass great green ground group grow had half hand happy hard
have head hear heart heavy help her here high him his hold home hope horse hot hour house how hundred ice imagine important impossible in inside into is island it jump just keep
kind king kitchen know lake lamp land large last laugh learn leave left less let letter life light like line listen little live long look lost love made make man many map march
market matter may maybe me mean meet member men middle might mile milk mind minute money month moon more morning most mother mountain mouth move much music must my name near need
never new next nice night nine north nothing now number ocean of off old on once one only open or orange other our out over own page paint paper park part party past pay
people perhaps person picture piece place plan plant play please point poor popular possible power pretty probably problem pull push put quick quiet rain read ready red remember rest
rich ride right river road rock room round run said same sand say school sea second see seem seven shape she ship shop short should show simple since sing sister sit six sleep
slow small snow so some something song soon sound south space speak special spring stand star start station stay still stone stop story street strong summer sun supper table take
talk tell ten than that the their them then there they thing think third this those thought three through time to today together told tomorrow too took top town train travel tree
trouble true try turn two under until up upon us use very village visit voice wait walk wall want warm was watch water way we weather week well went were west what when
where which while white who whole why wide wife wild will wind window winter with woman women wonder wood word work world would write year yellow yes yesterday you young'''.split()


class _Id(ctypes.Union):
    _fields_ = [('number', ctypes.c_int), ('name', ctypes.c_char_p), ('string', ctypes.c_char * 8)]


class Event(ctypes.Structure):
    _fields_ = [('type', ctypes.c_int), ('unique', ctypes.c_uint), ('text', ctypes.c_int), ('length', ctypes.c_int),
                ('audio', ctypes.c_int), ('sample', ctypes.c_int), ('user', ctypes.c_void_p), ('id', _Id)]


class Espeak:
    def __init__(self):
        self.lib = ctypes.CDLL('libespeak-ng.so.1')
        self.rate = self.lib.espeak_Initialize(2, 0, None, 1)
        self.sound, self.events = [], []
        self.keep = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))(self._take)
        self.lib.espeak_SetSynthCallback(self.keep)

    def _take(self, wave, count, events):
        if count > 0 and wave:
            self.sound.append(np.ctypeslib.as_array(wave, (count,)).copy())
        i = 0
        while events[i].type != 0:
            if events[i].type == 7:
                self.events.append((events[i].audio, bytes(events[i].id.string).split(b'\0')[0].decode('utf8', 'replace')))
            i += 1
        return 0

    def say(self, text, voice, speed, pitch):
        """16 kHz samples and (seconds, phoneme) in order."""
        self.sound, self.events = [], []
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            return None
        self.lib.espeak_SetParameter(1, int(speed), 0)
        self.lib.espeak_SetParameter(3, int(pitch), 0)
        data = text.encode()
        self.lib.espeak_Synth(data, len(data) + 1, 0, 1, 0, 1, None, None)
        self.lib.espeak_Synchronize()
        if not self.sound:
            return None
        return resample_poly(np.concatenate(self.sound) / 32768, RATE, self.rate).astype('f'), [(ms / 1000, name) for ms, name in self.events]


def filters():
    """The product's bands (src/observers/speech-bands.ts) as a matrix."""
    mel, hertz = lambda f: 2595 * np.log10(1 + f / 700), lambda m: 700 * (10 ** (m / 2595) - 1)
    edges = np.floor(513 * hertz(np.linspace(mel(80), mel(7600), 42)) / RATE).astype(int)
    out = np.zeros((40, 257))
    for b in range(40):
        lo, top, to = edges[b:b + 3]
        end = max(to, lo + 1)
        for k in range(lo, end):
            out[b, k] = 1 if end == lo + 1 else (k - lo) / max(1, top - lo) if k < top else (to - k) / max(1, to - top)
    return out


def bands(samples):
    """Log-mel rows, 100 Hz; row k is centred on k · 10 ms."""
    n = len(samples) // 160 + 1
    x = np.concatenate([np.zeros(200), samples, np.zeros(400)])
    frames = np.stack([x[160 * k:160 * k + 400] for k in range(n)]) * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399))
    return np.log(np.abs(np.fft.rfft(frames, 512)) ** 2 @ filters().T + 1e-8).astype('f')
