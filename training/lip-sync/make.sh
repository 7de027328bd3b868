#!/bin/sh
# Makes models/retake-lip-sync.json from folders of talking clips: look once, derive, train. Wants python3 with torch,
# numpy and scikit-learn. Names of speakers and what to leave out: speakers.json (clips it does not name are taken for
# real talk of a speaker of their own).
#
#     training/lip-sync/make.sh <folder of clips> [more folders]
#
# The part that hears p, b and m is trained on other speech (phonemes.py) and wants espeak-ng, flite, pocketsphinx with
# python3-pocketsphinx and pocketsphinx-en-us, and TUXPAINT, the folder of the stamps of tuxpaint-stamps-default.
# What more data would do: scaling.py; npm run bench:sync prints what it found.
set -e
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
for folder in "$@"; do
  npx tsx training/lip-sync/extract.ts "$folder"
done
npx tsx training/lip-sync/features.ts
python3 training/lip-sync/train.py
speech=training/cache/lip-sync/phonemes
mkdir -p $speech
[ -f $speech/flite.npz ] || python3 training/lip-sync/phonemes.py $speech/flite.npz flite 600
[ -f $speech/espeak.npz ] || python3 training/lip-sync/phonemes.py $speech/espeak.npz espeak 500
for language in en fr es ca ro ru bg be el da nl; do
  [ -f $speech/tux-$language.npz ] ||
    python3 training/lip-sync/phonemes.py $speech/tux-$language.npz tuxpaint 100 "${TUXPAINT:-/usr/share/tuxpaint/stamps}" $language
done
python3 training/lip-sync/closures.py $speech models/retake-lip-sync.json training/cache/lip-sync/folds/[0-9].json
# What is said in the clips, for the bench alone.
for folder in "$@"; do
  python3 training/lip-sync/spoken.py "$folder"
done
npm run --silent models -- --pin retake-lip-sync
