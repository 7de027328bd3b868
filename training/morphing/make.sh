#!/bin/sh
# Makes models/retake-morphing.json, models/retake-morphing-channels.json, models/retake-boiling.json and models/retake-face-shape.json from labelled clips: measure
# once, plant, measure what was planted, train. Wants python3 with numpy, scikit-learn, PyTorch, ONNX and OpenCV. The data folder holds manifest.json and the media
# folders footage, generated and talking that it names. Everything is resumable; about two hours on one core.
#
#     training/morphing/make.sh <data folder>
set -e
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
data=$1
cache=training/cache/morphing
[ -f models/retake-morphing-channels.json ] || npx tsx training/morphing/channels.ts "$data/footage"
npm run --silent models -- --pin retake-morphing-channels
npx tsx training/morphing/extract.ts $cache/drift "$data/generated" "$data/footage" "$data/talking"
npx tsx training/morphing/people.ts $cache/people "$data/generated" "$data/footage" "$data/talking"
npx tsx training/morphing/stretches.ts $cache
python3 training/morphing/plant.py $cache/planted 409 0 "$data/generated" "$data/footage" "$data/talking"
python3 training/morphing/plant.py $cache/planted 864 1000 "$data/generated" "$data/footage" "$data/talking" --more
python3 training/morphing/things_plant.py $cache/planted 160 2000 "$data/generated" "$data/footage" "$data/talking"
npx tsx training/morphing/joints.ts $cache/joints $cache/people
python3 training/morphing/limb_swap.py $cache/planted 120 3000 $cache/joints
npx tsx training/morphing/extract.ts $cache/planted-drift $cache/planted --one-shot
python3 training/morphing/train.py "$data" $cache
python3 training/morphing/choice.py "$data" $cache
npm run --silent models -- --pin retake-morphing
# Texture that boils.
npx tsx training/morphing/boil-extract.ts $cache/boil-seen "$data/footage" "$data/talking" "$data/generated"
python3 training/morphing/boil_plant.py $cache/boil-planted 60 0 "$data/footage" "$data/talking"
npx tsx training/morphing/boil-extract.ts $cache/boil-seen $cache/boil-planted --one-shot
npx tsx training/morphing/boil-table.ts $cache/boil-table $cache/boil-seen
python3 training/morphing/boil.py $cache models/retake-boiling.json
npm run --silent models -- --pin retake-boiling
# Changed faces, for the bench only.
npx tsx training/morphing/faces.ts $cache/faces "$data/talking"
python3 training/morphing/swap.py $cache/swaps 30 $cache/faces
npx tsx training/morphing/seen.ts $cache/swaps-seen $cache/swaps
npx tsx training/morphing/seen.ts $cache/talking-seen "$data/talking"
# Shapes of faces and heads.
npx tsx training/morphing/face-shape.ts $cache/shape-tracks.json $cache/people face talking__ footage__
python3 training/morphing/face_shape.py $cache/shape-tracks.json $cache/shape models/retake-face-shape.json
npx tsx training/morphing/face-shape.ts $cache/head-tracks.json $cache/people head talking__ footage__
python3 training/morphing/face_shape.py $cache/head-tracks.json $cache/head models/retake-head-shape.json
npm run --silent models -- --pin retake-face-shape
npm run --silent models -- --pin retake-head-shape
python3 training/morphing/face_shape_plant.py $cache/shapes 48 $cache/faces
npx tsx training/morphing/seen.ts $cache/shapes-seen $cache/shapes
python3 training/morphing/face_shape_plant.py $cache/heads 48 $cache/faces head
npx tsx training/morphing/seen.ts $cache/heads-seen $cache/heads
# Lettering, for the bench only.
npx tsx training/morphing/text-extract.ts $cache/text-seen "$data/footage" "$data/talking" "$data/generated"
python3 training/morphing/text_plant.py $cache/text-planted 96 1000 "$data/footage" "$data/generated" "$data/talking"
npx tsx training/morphing/text-extract.ts $cache/text-planted-seen $cache/text-planted --one-shot
# People who merge, for the bench only.
python3 training/morphing/merge_plant.py $cache/merges 20 0 models/person-mask.onnx "$data/footage" "$data/talking"
python3 training/morphing/merge_plant.py $cache/merges 16 100 models/person-mask.onnx "$data/footage" "$data/talking"
npx tsx training/morphing/people.ts $cache/merges-people $cache/merges --one-shot
npx tsx training/morphing/extract.ts $cache/merges-drift $cache/merges --one-shot
