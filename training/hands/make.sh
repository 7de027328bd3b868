#!/bin/sh
# Makes models/retake-hand-local.onnx from folders of hands (crops.jsonl beside the pictures, see extract.ts). Wants python3
# with torch, numpy, onnx and opencv. One step each, every one resumable:
#
#     npx tsx training/hands/extract.ts <pictures and clips> <folder>   hands cut out, with landmarks and where they come from
#     training/hands/make.sh <folder> [more folders]                     upright hands, planted faults, training, export
#     npm run bench:hands -- <data folder>                               figures on the sources of split.json, never trained on
set -e
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
cache=training/cache/hands
[ -f $cache/hands.json ] || python3 training/hands/prepare.py "$@"
[ -f $cache/pool.json ] || python3 training/hands/pool.py 10000 2
[ -f $cache/planted/index.json ] || python3 training/hands/plant_test.py 160 11
python3 training/hands/train.py 1480
[ -f $cache/measured.jsonl ] || npx tsx training/hands/measure.ts
python3 training/hands/train_whole.py 300
python3 training/hands/train_whole.py 100
python3 training/hands/export.py
npm run --silent models -- --pin retake-hand-local
