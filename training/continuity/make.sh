#!/bin/sh
# Makes models/retake-continuity.json from a folder of labelled clips: plants faults in real, uncut takes, measures them with the
# product's observers, trains. Wants python3 with numpy and scikit-learn.
#
#     training/continuity/make.sh <data folder> [films per take]
set -e
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
npx tsx training/continuity/extract.ts "$1" "${2:-2}"
python3 training/continuity/train.py
npm run --silent models -- --pin retake-continuity
