"""Faults of images: what is found of those planted in tiles of scikit-learn's sample photos, and false alarms.

A folder of 200 tiles, of varied scale and turned, from places of two photos apart from each other; five of them are
spoilt. Of each kind: recall of the spoilt files, other files that the check names with the fault and did not without
(false_alarms), over five seeds. Then the clean folders alone, cleanvision's ten pictures where they are there, and the
CPU seconds of reading and auditing 2,000 JPEG files. Thresholds were chosen on seeds 0 to 5, reported on 100 to 104.

python benchmarks/image_quality.py [FOLDER OF CLEANVISION'S PICTURES]
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from measuring import tell
from PIL import Image, ImageEnhance, ImageFilter
from sklearn.datasets import load_digits, load_sample_images

from datafix import CHECKS, audit
from datafix.images import read_folder

SEEDS = range(100, 105)
N_TILES, N_SPOILT, SIDE = 200, 5, 128
CHECK_NAMES = [check.name for check in CHECKS if check.needs & {"images", "files"}]
PHOTOS = [Image.fromarray(photo) for photo in load_sample_images().images]
CLEANVISION = {
    "image_quality": {"image_417.png", "image_588.png"},
    "blurry_images": {"image_601.png"},
    "low_information_images": {"image_588.png", "image_591.png"},
    "image_ratios": {"image_604.png"},
    "image_sizes": {"image_604.png"},
    "grey_images": {"image_101.png", "image_588.png"},
    "image_copies": {"image_408.png"},
    "duplicate_rows": {"image_236.png"},
}


def tiles(seed, n_tiles=N_TILES, side=SIDE):
    """Yield tiles of 100 to 200 pixels of a photo, brought to one size, turned by quarters and mirrored."""
    random = np.random.default_rng(seed)
    for at in range(n_tiles):
        photo = PHOTOS[at % 2]
        size = int(random.integers(100, 200))
        x, y = random.integers(0, photo.width - size), random.integers(0, photo.height - size)
        tile = photo.crop((x, y, x + size, y + size)).resize((side, side), Image.Resampling.BICUBIC)
        tile = tile.rotate(90 * int(random.integers(4)))
        yield tile.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else tile


def write(root, images):
    for at, image in enumerate(images):
        place = root / ("one" if at % 4 < 2 else "two")
        place.mkdir(parents=True, exist_ok=True)
        image.save(place / f"{at:04}.jpg", quality=92)
    return root


def edited(edit, **options):
    """Return what spoils a file by an edit of its pixels."""

    def spoil(path, _random):
        edit(Image.open(path).copy()).save(path, **({"quality": 92} | options))
        return [path]

    return spoil


def copied(edit):
    """Return what puts an edited copy of a file into the other class."""

    def spoil(path, _random):
        other = path.parents[1] / {"one": "two", "two": "one"}[path.parent.name] / f"copy of {path.name}"
        if edit is None:
            shutil.copy(path, other)
        else:
            edit(Image.open(path).copy()).save(other, quality=80)
        return [path, other]

    return spoil


def damaged(change):
    def spoil(path, random):
        path.write_bytes(change(path.read_bytes(), random))
        return [path]

    return spoil


def placeholder(image):
    sign = Image.new("RGB", image.size, "white")
    sign.paste((255, 100, 30), (40, 40, 80, 80))
    return sign


def turned(path, random):
    exif = Image.Exif()
    exif[0x0112] = int(random.choice([3, 6, 8]))
    Image.open(path).copy().save(path, exif=exif, quality=92)
    return [path]


def see_through(path, _random):
    image = Image.open(path).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    image.save(path, format="PNG")
    return [path]


FAULTS = {
    "dark": ("image_quality", edited(lambda image: ImageEnhance.Brightness(image).enhance(0.15))),
    "bright": ("image_quality", edited(lambda image: image.point(lambda value: 245 + value // 26))),
    "one colour": ("image_quality", edited(lambda image: Image.new("RGB", image.size, (90, 120, 60)))),
    "blur of 2 pixels": ("blurry_images", edited(lambda image: image.filter(ImageFilter.GaussianBlur(2)))),
    "blur of 4 pixels": ("blurry_images", edited(lambda image: image.filter(ImageFilter.GaussianBlur(4)))),
    "enlarged eightfold": ("blurry_images", edited(lambda image: image.resize((16, 16)).resize((SIDE, SIDE)))),
    "placeholder": ("low_information_images", edited(placeholder)),
    "grey": ("grey_images", edited(lambda image: image.convert("L").convert("RGB"))),
    "a fifth of the side": ("image_sizes", edited(lambda image: image.resize((25, 25)))),
    "five times the side": ("image_sizes", edited(lambda image: image.resize((640, 640)))),
    "a third of the height": ("image_ratios", edited(lambda image: image.crop((0, 0, SIDE, SIDE // 3)))),
    "transparent": ("image_transparency", see_through),
    "turned by EXIF": ("image_orientation", turned),
    "PNG named .jpg": ("image_formats", edited(lambda image: image, format="PNG")),
    "TIFF named .jpg": ("image_formats", edited(lambda image: image, format="TIFF")),
    "cut off": ("unreadable_images", damaged(lambda data, random: data[: random.integers(10, len(data) - 50)])),
    "empty": ("unreadable_images", damaged(lambda _data, _random: b"")),
    "a web page": ("unreadable_images", damaged(lambda _data, _random: b"<!DOCTYPE html><html></html>")),
    "exact copy, other label": ("conflicting_labels", copied(None)),
    "near copy: saved anew": ("image_copies", copied(lambda image: image)),
    "near copy: lighter": ("image_copies", copied(lambda image: ImageEnhance.Brightness(image).enhance(1.2))),
    "near copy: 2 pixels cut": ("image_copies", copied(lambda image: image.crop((2, 2, SIDE, SIDE)))),
}  # fmt: skip


def named(folder, check):
    """Return the files that a check names."""
    report = audit(folder, checks=[check])
    files = {name for issue in report.issues for name in issue.evidence.get("files", [])}
    return files | {name for issue in report.issues for pair in issue.evidence.get("pairs", []) for name in pair}


def planted(fault):
    check, spoil = FAULTS[fault]
    recalls, false_alarms = [], 0
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        with tempfile.TemporaryDirectory() as place:
            folder = write(Path(place), tiles(seed))
            before = named(folder, check)
            chosen = random.permutation(sorted(folder.glob("*/*.jpg")))[:N_SPOILT]
            spoilt = [path.relative_to(folder).as_posix() for path in chosen for path in spoil(path, random)]
            after = named(folder, check)
        recalls.append(np.isin(spoilt, sorted(after)).mean())
        false_alarms += len(after - before - set(spoilt))
    tell("image_quality", fault=fault, check=check, recall=float(np.mean(recalls)), worst_recall=float(min(recalls)),
         false_alarms=false_alarms, of_files=N_TILES * len(SEEDS))  # fmt: skip


def clean():
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as place:
            report = audit(write(Path(place), tiles(seed)), checks=CHECK_NAMES)
        tell("image_quality", clean=f"tiles, seed {seed}",
             found={f"{issue.check} {issue.severity}": len(issue.rows) for issue in report.issues})  # fmt: skip
    digits = load_digits()
    report = audit(digits.images, target=digits.target, checks=CHECK_NAMES)
    tell("image_quality", clean="digits", found={issue.check: len(issue.rows) for issue in report.issues})


def cleanvision(folder):
    report = audit(folder, checks=[*CHECK_NAMES, "duplicate_rows"])
    found = {(issue.check, name) for issue in report.issues for name in issue.evidence["files"]}
    wanted = {(check, name) for check, names in CLEANVISION.items() for name in names}
    tell("image_quality", data="cleanvision's ten", wanted=len(wanted), found=len(wanted & found),
         false_alarms=len(found - wanted))  # fmt: skip


def speed():
    with tempfile.TemporaryDirectory() as place:
        folder = write(Path(place), tiles(0, 2000, 256))
        start = time.process_time()
        read_folder(folder)
        reading = time.process_time() - start
        start = time.process_time()
        audit(folder, checks=CHECK_NAMES)
        checks = time.process_time() - start - reading
        start = time.process_time()
        audit(folder)
        tell("image_quality", files=2000, pixels="256 x 256", read_cpu=reading, image_checks_cpu=checks,
             whole_audit_cpu=time.process_time() - start)  # fmt: skip


def main():
    beside = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2] / "shared/data/cleanvision_images")
    if beside.is_dir():
        cleanvision(beside)
    speed()
    clean()
    for fault in FAULTS:
        planted(fault)


if __name__ == "__main__":
    main()
