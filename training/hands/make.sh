#!/bin/sh
# Makes models/retake-hand-local.onnx from folders of hands (crops.jsonl beside the pictures, see extract.ts). Wants python3
# with torch, numpy, onnx and opencv. One step each, every one resumable:
#
#     npx tsx training/hands/extract.ts <pictures and clips> <folder>   hands cut out, with landmarks and where they come from
#     training/hands/make.sh <folder> [more folders]                     upright hands, planted faults, training, export
#     npm run bench:hands -- <data folder>                               figures on the sources of split.json, never trained on
#
# Beside it: bench/hands/tracks.ts and plant_clips.py make the faults that follow a hand, crops.ts and curve.py the curve against data.
set -e
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
cache=training/cache/hands
[ -f $cache/hands.json ] || python3 training/hands/prepare.py "$@"
[ -f $cache/pool.json ] || python3 training/hands/pool.py 10000 2
# The hand of triangles: 95 kB out of a package (MIT) too large to install for it.
glb=dist/profiles/generic-hand/left.glb
if [ ! -f $cache/mesh/left.glb ]; then
  mkdir -p $cache/mesh
  npm pack --silent --pack-destination $cache/mesh @webxr-input-profiles/assets@1.0.20
  tar xzf $cache/mesh/webxr-input-profiles-assets-1.0.20.tgz -C $cache/mesh --strip-components=4 package/$glb
  echo "bc67783144944ea1cda54d9247885825ea5fb9d4651469fe7d00be517a5c2b87  $cache/mesh/left.glb" | sha256sum -c --quiet
fi
[ -f $cache/rendered/pool.json ] || python3 training/hands/render.py 2600 3
[ -f $cache/planted/index.json ] || python3 training/hands/plant_test.py 160 11
python3 training/hands/train.py 2080
npx tsx training/hands/measure.ts
HANDS_CACHE=$cache/rendered npx tsx training/hands/measure.ts
for seconds in 300 100; do
  python3 training/hands/train_whole.py $seconds planted
  python3 training/hands/train_whole.py $seconds
done
npx tsx training/hands/pose.ts
python3 training/hands/export.py
npm run --silent models -- --pin retake-hand-local
