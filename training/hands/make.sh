#!/bin/sh
# Makes models/retake-hand-local.onnx from folders of hands (crops.jsonl beside the pictures, see extract.ts). Wants python3
# with torch, numpy, onnx and opencv. One step each, every one resumable:
#
#     npx tsx training/hands/extract.ts <pictures and clips> <folder>   hands cut out, with landmarks and where they come from
#     training/hands/make.sh <folder> [more folders]                     upright hands, planted faults and objects, training, export
#     npm run bench:hands -- <data folder>                               figures on the sources of split.json, never trained on
#
# HANDS_QUICK=1 goes through every step with a few pictures and seconds, in a folder of its own, and leaves the product as it is: to see that
# all of it works. Beside it: bench/hands/tracks.ts and plant_clips.py make the faults that follow a hand, crops.ts and curve.py the
# curve against data.
set -e
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
if [ -n "$HANDS_QUICK" ]; then
  cache=training/cache/hands-quick
  planted=40 more=24 rendered=24 objects=40 test=4 local=6 short=2 long=3 hidden=4 head=4 crops=40
else
  cache=training/cache/hands
  planted=10000 more=10000 rendered=2600 objects=4000 test=160 local=2860 short=130 long=330 hidden=270 head=150 crops=7000
fi
export HANDS_CACHE=$cache
[ -f $cache/hands.json ] || python3 training/hands/prepare.py "$@"
[ -f $cache/pool.json ] || python3 training/hands/pool.py $planted 2
# The hand of triangles: 95 kB out of a package (MIT) too large to install for it.
glb=dist/profiles/generic-hand/left.glb
if [ ! -f $cache/mesh/left.glb ]; then
  mkdir -p $cache/mesh
  npm pack --silent --pack-destination $cache/mesh @webxr-input-profiles/assets@1.0.20
  tar xzf $cache/mesh/webxr-input-profiles-assets-1.0.20.tgz -C $cache/mesh --strip-components=4 package/$glb
  echo "bc67783144944ea1cda54d9247885825ea5fb9d4651469fe7d00be517a5c2b87  $cache/mesh/left.glb" | sha256sum -c --quiet
fi
[ -f $cache/more/pool.json ] || python3 training/hands/pool.py $more 9 more
[ -f $cache/rendered/pool.json ] || python3 training/hands/render.py $rendered 3
[ -f $cache-hidden/pool.json ] || python3 training/hands/plant_hidden.py $objects 5
[ -f $cache/planted/index.json ] || python3 training/hands/plant_test.py $test 11
[ -f $cache/planted-hidden/index.json ] || python3 training/hands/plant_hidden.py test $test
python3 training/hands/train.py $local
for folder in $cache $cache/more $cache/rendered $cache-hidden; do
  HANDS_CACHE=$folder npx tsx training/hands/measure.ts
done
for seconds in $long $short; do
  [ -f $cache/whole-planted-$seconds.pt ] || python3 training/hands/train_whole.py $seconds planted
  [ -f $cache/whole-rendered-$seconds.pt ] || python3 training/hands/train_whole.py $seconds
done
[ -f $cache/hidden.pt ] || python3 training/hands/train_hidden.py $hidden
[ -f $cache/damage.pt ] || python3 training/hands/train_damage.py $head $crops
if [ -n "$HANDS_QUICK" ]; then
  python3 training/hands/export.py $cache/quick.onnx
else
  npx tsx training/hands/pose.ts
  python3 training/hands/export.py
  npm run --silent models -- --pin retake-hand-local
fi
