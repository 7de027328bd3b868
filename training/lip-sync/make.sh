#!/bin/sh
# Makes models/retake-lip-sync.json from folders of talking clips: look once, derive, train. Wants python3 with torch,
# numpy and scikit-learn. Names of speakers and what to leave out: speakers.json (clips it does not name are taken for
# real talk of a speaker of their own).
#
#     training/lip-sync/make.sh <folder of clips> [more folders]
#
# What more data would do: scaling.py (speakers), espeak.py and then closures.py (synthetic speech); npm run bench:sync
# prints what they found.
set -e
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
for folder in "$@"; do
  npx tsx training/lip-sync/extract.ts "$folder"
done
npx tsx training/lip-sync/features.ts
python3 training/lip-sync/train.py
npm run --silent models -- --pin retake-lip-sync
