"""The audit of images: each fault is found with its files, and clean folders give nothing."""

import shutil
import sys

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter
from sklearn.datasets import load_digits, load_sample_image

import datafix
from datafix import CHECKS, cli
from datafix.checks import Tables
from datafix.checks.mislabeled_rows import MislabeledRows
from datafix.images import read_folder
from datafix.table import Table

CHINA, FLOWER = (Image.fromarray(load_sample_image(f"{name}.jpg")) for name in ("china", "flower"))
IMAGE_CHECKS = [check.name for check in CHECKS if check.needs & {"images", "files"}]
COPY_CHECKS = ["duplicate_rows", "conflicting_labels", "train_test_copies", "near_copies"]


def crops(n, seed, side=96):
    """Return crops below the sky, turned and mirrored so that no two are alike."""
    random = np.random.default_rng(seed)
    for _ in range(n):
        size = int(random.integers(side, 2 * side))
        x, y = random.integers(0, CHINA.width - size), random.integers(150, CHINA.height - size)
        crop = CHINA.crop((x, y, x + size, y + size)).resize((side, side), Image.Resampling.BICUBIC)
        yield crop.rotate(90 * int(random.integers(4)))


def write(root, images, classes=("left", "right"), suffix="png"):
    for at, image in enumerate(images):
        place = root / classes[at % len(classes)]
        place.mkdir(parents=True, exist_ok=True)
        image.save(place / f"{at:03}.{suffix}")
    return root


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    return write(tmp_path_factory.mktemp("pictures") / "train", crops(80, 0))


@pytest.fixture
def folder(untouched, tmp_path):
    return shutil.copytree(untouched, tmp_path / "train")


def found(folder, *names, **given):
    """Return (check, severity) and the files of each finding."""
    report = datafix.audit(folder, checks=list(names) or IMAGE_CHECKS, **given)
    return {
        (issue.check, str(issue.severity)): issue.evidence.get("files", issue.evidence.get("folders"))
        for issue in report.issues
    }


def change(folder, names, edit, to=None):
    for name in names:
        path = folder / name
        edit(Image.open(path).copy()).save(path if to is None else path.with_suffix(to), format=None)


ODD = ["left/004.png", "right/007.png"]


def test_a_clean_folder_gives_nothing(untouched, tmp_path):
    test = write(tmp_path / "test", crops(40, 1))
    assert found(untouched, *IMAGE_CHECKS, *COPY_CHECKS, "row_order", test=test) == {}


@pytest.mark.parametrize(
    ("fault", "edit"),
    [
        (("image_quality", "warning"), lambda image: ImageEnhance.Brightness(image).enhance(0.1)),
        (("image_quality", "warning"), lambda image: image.point(lambda value: 248 + value // 32)),
        (("image_quality", "warning"), lambda image: Image.new("RGB", image.size, (200, 30, 30))),
        (("blurry_images", "warning"), lambda image: image.filter(ImageFilter.GaussianBlur(4))),
        (("grey_images", "info"), lambda image: image.convert("L").convert("RGB")),
        (("image_sizes", "warning"), lambda image: image.resize((20, 20))),
        (("image_sizes", "info"), lambda image: image.resize((400, 400))),
        (("image_ratios", "warning"), lambda image: image.crop((0, 0, 96, 30))),
    ],
)
def test_a_fault_of_pixels_is_found_with_its_files(folder, fault, edit):
    change(folder, ODD, edit)
    issues = found(folder)
    assert issues[fault] == ODD
    assert len(issues) == 1


def test_blur_is_told_from_smooth_backgrounds():
    random = np.random.default_rng(0)
    corners = random.integers(0, (512, 299), (60, 2)).tolist()
    images = [(CHINA, FLOWER)[k % 2].crop((x, y, x + 128, y + 128)) for k, (x, y) in enumerate(corners)]
    assert found(np.stack(images), "blurry_images") == {}
    images[10] = images[10].filter(ImageFilter.GaussianBlur(3))
    (issue,) = datafix.audit(np.stack(images), checks=["blurry_images"]).issues
    assert issue.rows.tolist() == [10]


@pytest.mark.parametrize(("n_dark", "n_found"), [(3, 3), (20, 0)])
def test_what_is_dark_is_odd_where_it_is_rare(n_dark, n_found):
    level = np.linspace(30, 230, 100)
    level[:n_dark] = 60
    images = np.random.default_rng(0).normal(level[:, None, None, None], 8, (100, 16, 16, 1)).clip(0, 255)
    images[n_dark:, :3, :3] = 255
    images[0, 0, 0] = 0
    rows = [issue.rows for issue in datafix.audit(images.astype(np.uint8), checks=["image_quality"]).issues]
    assert sum(map(len, rows)) == n_found


def test_skies_are_no_copies_of_each_other():
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (60, 24, 24, 3)).astype(float)
    images[:20] = np.linspace(200, 215, 24)[:, None, None] + random.normal(0, 0.7, (20, 24, 24, 3))
    assert found(images.round().astype(np.uint8), "image_copies") == {}


def test_torn_files_are_not_judged_by_their_label(tmp_path):
    shades = [Image.fromarray(np.full((8, 8), 40 + at % 2 * 150 + at // 2, np.uint8)) for at in range(60)]
    folder = write(tmp_path, shades)
    (folder / "left" / "004.png").write_bytes(b"")
    rows, *_ = MislabeledRows()._judged(Tables(Table(read_folder(folder)), task="classification"))
    assert rows.tolist() == [row for row in range(60) if row != 2]


def test_a_placeholder_is_found_as_such(folder):
    sign = Image.new("RGB", (96, 96), "white")
    sign.paste((255, 100, 30), (30, 30, 60, 60))
    sign.save(folder / ODD[0])
    assert found(folder, "low_information_images") == {("low_information_images", "warning"): ODD[:1]}


def test_files_that_are_cut_off_are_an_error_that_says_why_and_the_rest_is_audited(folder):
    for name in ODD:
        path = folder / name
        path.write_bytes(path.read_bytes()[:3000])
    report = datafix.audit(folder, checks=[*IMAGE_CHECKS, *COPY_CHECKS[:2]])
    error = report.issues[0]
    assert (error.check, error.severity, error.evidence["files"]) == ("unreadable_images", "error", ODD)
    assert "left/004.png: " in error.message
    assert error.rows.tolist() == [2, 43]
    assert not {issue.check for issue in report.issues} & {"image_quality", "duplicate_rows", "image_copies"}


def test_formats_are_told_by_what_they_do_to_training(folder):
    for name, kind in zip(ODD, ("JPEG", "TIFF"), strict=True):
        Image.open(folder / name).copy().save(folder / name, format=kind)
    assert found(folder) == {("image_formats", "warning"): ODD[1:], ("image_formats", "info"): ODD[:1]}


def test_transparency_counts_where_it_is_used(folder):
    for name, alpha in zip(ODD, (128, 255), strict=True):
        image = Image.open(folder / name).convert("RGBA")
        image.putalpha(alpha)
        image.save(folder / name)
    assert found(folder) == {("image_transparency", "warning"): ODD[:1]}


def test_images_that_only_viewers_turn_are_found(tmp_path):
    folder = write(tmp_path, crops(20, 3), suffix="jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.open(folder / "left" / "004.jpg").copy()
    image.save(folder / "left" / "004.jpg", exif=exif)
    assert found(folder) == {("image_orientation", "warning"): ["left/004.jpg"]}


def test_what_else_lies_in_the_folder(folder):
    (folder / "left" / "notes.txt").write_text("x")
    (folder / "left" / ".DS_Store").write_bytes(b"x")
    assert found(folder) == {("folder_contents", "info"): ["left/notes.txt"]}

    (folder / "left" / "deeper").mkdir()
    shutil.copy(folder / ODD[0], folder / "left" / "deeper" / "1.png")
    shutil.copy(folder / ODD[0], folder / "outside.png")
    (issue,) = datafix.audit(folder, checks=["folder_contents"]).at_least("warning").issues
    assert issue.evidence["files"] == ["outside.png", "left/deeper/1.png"]


@pytest.mark.parametrize(("name", "n_images"), [("empty", 0), (".ipynb_checkpoints", 1)])
def test_folders_that_are_no_classes(folder, name, n_images):
    (folder / name).mkdir()
    if n_images:
        (folder / ODD[0]).rename(folder / name / "1.png")
    (issue,) = datafix.audit(folder, checks=["folder_contents"]).issues
    assert (issue.severity, issue.evidence["folders"]) == ("warning", [name])


def test_the_numbers_of_classes_that_keras_gives_are_compared(tmp_path):
    images = list(crops(9, 4))
    train = write(tmp_path / "train", images, ("a", "b", "c"))
    for classes, moved in ((("a", "c"), ["c"]), (("a", "b"), None), (("a", "b", "c"), None)):
        test = write(tmp_path / "-".join(classes), images, classes)
        issues = datafix.audit(train, test=test, checks=["folder_contents"]).issues
        assert [issue.evidence["moved"] for issue in issues] == ([moved] if moved else [])


def test_classes_of_folders_are_compared_by_name(tmp_path):
    images = list(crops(12, 5))
    train = write(tmp_path / "train", images, ("cat", "Cat ", "dog"))
    test = write(tmp_path / "test", images, ("cat", "emu"))
    report = datafix.audit(train, test=test, checks=["label_spelling", "new_labels"])
    assert {(issue.check, issue.table, issue.evidence["files"][0].split("/")[0]) for issue in report.issues} == {
        ("label_spelling", "train", "Cat "),
        ("new_labels", "test", "emu"),
    }


def test_grey_images_that_tell_the_class_are_a_warning(folder):
    names = [path.relative_to(folder) for path in (folder / "left").iterdir()][:30]
    change(folder, names, lambda image: image.convert("L").convert("RGB"))
    (issue,) = datafix.audit(folder, checks=["grey_images"]).issues
    assert issue.severity == "warning"
    assert "Of class 'left' 75% are, of 'right' 0%" in issue.message


def test_mixed_sizes_are_told_once_and_a_test_folder_of_other_size_is_a_warning(folder, untouched, tmp_path):
    names = [path.relative_to(folder) for path in sorted(folder.glob("*/*"))]
    change(folder, names[::3], lambda image: image.resize((20, 20)))
    (issue,) = datafix.audit(folder, checks=["image_sizes"]).issues
    assert (issue.severity, issue.rows) == ("info", None)

    small = write(tmp_path / "small", (image.resize((40, 40)) for image in crops(20, 6)))
    (issue,) = datafix.audit(untouched, test=small, checks=["image_sizes"]).issues
    assert (issue.severity, issue.table) == ("warning", "test")


def test_copies_are_found_within_and_across_with_both_files(folder, tmp_path):
    original = folder / "left" / "000.png"
    shutil.copy(original, folder / "left" / "exact.png")
    shutil.copy(folder / "left" / "002.png", folder / "right" / "other label.png")
    lighter = ImageEnhance.Brightness(Image.open(folder / "right" / "001.png")).enhance(1.2)
    lighter.save(folder / "right" / "near.jpg", quality=80)
    lighter.save(folder / "left" / "near, other label.png")
    test = write(tmp_path / "test", crops(20, 7))
    shutil.copy(original, test / "left" / "exact.png")
    ImageEnhance.Contrast(Image.open(original)).enhance(0.8).save(test / "left" / "near.png")

    report = datafix.audit(folder, test=test, checks=["image_copies", *COPY_CHECKS])
    issues = {(issue.check, str(issue.severity)): issue for issue in report.issues}

    exact = issues["duplicate_rows", "info"].evidence
    assert (exact["files"], exact["train_files"]) == (["left/exact.png"], ["left/000.png"])
    conflict = issues["conflicting_labels", "warning"].evidence["files"]
    assert conflict == ["left/002.png", "right/other label.png"]
    pairs = issues["image_copies", "warning"].evidence["pairs"]
    assert ["left/near, other label.png", "right/001.png"] in pairs
    across = issues["train_test_copies", "error"].evidence
    assert (across["files"], across["train_files"][0]) == (["left/exact.png"], "left/000.png")
    assert "left/near.png" in issues["near_copies", "error"].evidence["files"]


def test_near_copies_of_one_label_are_named_in_pairs(folder):
    image = Image.open(folder / ODD[0])
    image.save(folder / "left" / "again.jpg", quality=70)
    (issue,) = datafix.audit(folder, checks=["image_copies"]).issues
    assert (issue.severity, issue.evidence["pairs"]) == ("info", [["left/004.png", "left/again.jpg"]])


def test_arrays_are_audited_by_their_pixels_and_told_what_needs_files():
    digits = load_digits()
    report = datafix.audit(digits.images, target=digits.target, checks=IMAGE_CHECKS)
    assert report.issues == ()
    assert report.skipped["unreadable_images"] == "it looks at the files of a folder of images"
    coloured = np.stack([np.asarray(image) for image in crops(60, 0)])
    coloured[7] = np.asarray(Image.fromarray(coloured[7]).filter(ImageFilter.GaussianBlur(4)))
    (issue,) = datafix.audit(coloured / 255, checks=IMAGE_CHECKS).issues
    assert (issue.check, issue.rows.tolist()) == ("blurry_images", [7])


def test_arrays_of_two_shapes_are_one_error_and_no_crash():
    train, test = np.random.default_rng(0).integers(0, 255, (2, 30, 8, 8, 3)).astype("uint8")
    (issue,) = datafix.audit(train, test=test[:, :6], checks=[*IMAGE_CHECKS, *COPY_CHECKS]).issues
    assert (issue.check, issue.severity) == ("image_sizes", "error")


@pytest.mark.parametrize("damage", ["all torn", "one image", "all but one torn"])
def test_odd_folders_give_findings_and_no_traceback(tmp_path, damage):
    folder = write(tmp_path / "odd", crops(1 if damage == "one image" else 8, 9))
    if damage != "one image":
        for path in sorted(folder.glob("*/*"))[damage == "all but one torn" :]:
            path.write_bytes(b"\x89PNG")
    for test in (None, folder):
        report = datafix.audit(folder, test=test)
        assert report.to_html()
        assert ("unreadable_images" in {issue.check for issue in report.issues}) == (damage != "one image")


def test_what_was_made_smaller_is_not_compared_with_a_record_of_pixels(tmp_path):
    large = write(tmp_path / "large", (image.resize((160, 160)) for image in crops(4, 10)))
    small = write(tmp_path / "small", crops(4, 10))
    for folder, told in ((large, "made smaller"), (small, None)):
        lacking = Tables(Table(read_folder(folder))).lacks(frozenset({"exact"}))
        assert lacking is None if told is None else told in lacking


def test_the_command_audits_folders_and_shows_what_it_found(folder, tmp_path, monkeypatch, capsys):
    (folder / ODD[0]).write_bytes(b"")
    change(folder, ODD[1:], lambda image: image.filter(ImageFilter.GaussianBlur(4)))
    test = write(tmp_path / "test", crops(20, 11))
    page = tmp_path / "report.html"
    call = ["audit", str(folder), "--test", str(test), "--html", str(page), "--ignore", "mislabeled_rows"]
    monkeypatch.setattr(sys, "argv", ["datafix", *call])

    with pytest.raises(SystemExit) as stop:
        cli.main()

    told = capsys.readouterr().out
    assert stop.value.code == 1
    assert "left/004.png" in told and "right/007.png" in told
    assert page.read_text().count("data:image/png;base64,") >= 1
