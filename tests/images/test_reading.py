"""A folder of images is read whatever its files are, and rows keep their places."""

import os
import shutil

import numpy as np
import pytest
from PIL import Image

import datafix
from datafix import TableError
from datafix.images import image_folder as module
from datafix.images import read_folder
from datafix.reading import image_paths, read_images

RANDOM = np.random.default_rng(0)


def picture(height=20, width=24, channels=3):
    shape = (height, width, channels) if channels > 1 else (height, width)
    return Image.fromarray(RANDOM.integers(0, 256, shape, dtype=np.uint8))


def save(image, path, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
    return path


@pytest.fixture
def folder(tmp_path):
    for at in range(6):
        save(picture(), tmp_path / ("cat" if at % 2 else "dog") / f"{at}.png")
    return tmp_path


def test_images_of_one_small_size_are_what_training_reads(folder):
    read = read_folder(folder)
    images, labels = read_images(folder)

    np.testing.assert_array_equal(read.images, images)
    assert read.labels.tolist() == labels.tolist()
    assert read.exact
    assert read.shape == (6, 20, 24, 3)


def test_rows_are_the_positions_of_the_listing_whatever_is_torn(folder):
    whole = read_folder(folder)
    (folder / "cat" / "0_torn.png").write_bytes((folder / "cat" / "1.png").read_bytes()[:200])
    (folder / "cat" / "3.png").write_bytes(b"")
    (folder / "dog" / "text.jpg").write_text("<html>404</html>")
    (folder / "dog" / "inside.png").mkdir()

    read = read_folder(folder)

    assert [file.name for file in read.files] == [
        path.relative_to(folder).as_posix() for path in image_paths(folder)[0]
    ]
    torn = {file.name: file.fault for file in read.files if file.fault}
    assert set(torn) == {"cat/0_torn.png", "cat/3.png", "dog/text.jpg", "dog/inside.png"}
    assert (torn["cat/3.png"], torn["dog/text.jpg"]) == ("it is empty", "its content is no image")
    assert not read.images[~read.readable].any()
    np.testing.assert_array_equal(read.images[read.readable], np.delete(whole.images, 1, axis=0))
    assert np.isnan(read.figures.mean[~read.readable]).all()
    assert len(set(read.digests.tolist())) == len(read.files)


def test_other_sizes_and_modes_are_brought_to_one_shape(folder):
    save(picture(300, 100), folder / "cat" / "7.jpg")
    save(picture(channels=1), folder / "cat" / "8.png")
    save(picture().convert("P"), folder / "cat" / "9.gif")

    read = read_folder(folder)

    assert read.images.shape == (9, 20, 24, 3)
    assert not read.exact
    assert read.shape == (9,)
    row = [file.name for file in read.files].index("cat/7.jpg")
    height, width = read.picture(row).shape[:2]
    assert height / width == pytest.approx(3, rel=0.1)


def test_the_same_picture_has_one_digest_in_every_format(tmp_path):
    image = picture(40, 40)
    for suffix in ("png", "bmp", "webp"):
        save(image, tmp_path / "a" / f"1.{suffix}", **({"lossless": True} if suffix == "webp" else {}))
    grey = image.convert("L")
    save(grey, tmp_path / "b" / "1.png")
    save(grey.convert("RGB"), tmp_path / "b" / "2.png")
    save(grey.resize((41, 40)), tmp_path / "b" / "3.png")

    digests = read_folder(tmp_path).digests.tolist()

    assert len(set(digests[:3])) == len(set(digests[3:5])) == 1
    assert len(set(digests)) == 3


def test_a_damaged_byte_within_a_png_is_noticed(folder):
    path = folder / "cat" / "1.png"
    data = bytearray(path.read_bytes())
    data[-14] ^= 255  # the checksum of the pixels
    path.write_bytes(data)
    assert read_folder(folder).files[0].fault


def test_facts_of_a_file(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    save(picture(), tmp_path / "a" / "1.jpg", exif=exif)
    see_through = np.array(picture(channels=4))
    see_through[..., 3] = 255
    see_through[:10, :, 3] = 0
    save(Image.fromarray(see_through), tmp_path / "a" / "2.png")
    Image.new("L", (5, 4)).save(tmp_path / "a" / "3.jpg", format="PNG")
    save(Image.fromarray(np.full((4, 5), 40_000, np.uint16)), tmp_path / "a" / "4.png")

    turned, glass, disguised, deep = (read := read_folder(tmp_path)).files

    assert (turned.orientation, turned.format, turned.width, turned.height) == (6, "JPEG", 24, 20)
    assert (glass.transparent, glass.orientation) == (0.5, 1)
    assert (disguised.format, disguised.format_by_name, disguised.mode) == ("PNG", "JPEG", "L")
    assert deep.fault == ""
    assert read.figures.mean[3] == pytest.approx(40_000 / 2**16, abs=0.01)


def test_a_large_jpeg_that_is_cut_off_is_noticed_though_it_is_decoded_small(tmp_path):
    path = save(picture(1100, 1200), tmp_path / "a" / "1.jpg")
    shutil.copy(path, path.with_name("2.jpg"))
    path.write_bytes(path.read_bytes()[:-5000])
    torn, good = read_folder(tmp_path).files
    assert torn.fault
    assert (good.fault, good.width, good.height) == ("", 1200, 1100)


def test_many_images_are_kept_smaller(folder, monkeypatch):
    monkeypatch.setattr(module, "BUDGET", 6 * 3 * 16**2)
    monkeypatch.setattr(module, "SMALLEST", 4)
    assert read_folder(folder).images.shape == (6, 13, 16, 3)


def test_a_folder_without_classes_and_what_is_no_row(tmp_path):
    save(picture(), tmp_path / "1.png")
    (tmp_path / "notes.txt").write_text("x")
    read = read_folder(tmp_path)
    assert (read.labels, read.strays, read.empty) == (None, ("notes.txt",), ())


def test_names_that_are_no_text_can_be_written(folder):
    place = folder / os.fsdecode(b"b\xffd")
    try:
        place.mkdir()
    except OSError:
        pytest.skip("this file system takes text only")
    (place / "1.png").write_bytes(b"")
    (place / "gone.png").symlink_to("nowhere")
    report = datafix.audit(folder, checks=["unreadable_images", "few_rows"])
    assert report.issues[0].evidence["files"] == ["b\\udcffd/1.png", "b\\udcffd/gone.png"]
    assert report.to_html().encode()
    assert report.to_json().encode()


def test_a_test_folder_is_brought_to_the_shape_of_the_training_folder(folder, tmp_path):
    save(picture(50, 50, channels=1), tmp_path / "other" / "cat" / "1.png")
    assert read_folder(tmp_path / "other", like=(20, 24, 3)).images.shape == (1, 20, 24, 3)


def test_a_folder_without_images_is_refused_and_a_deeper_one_named(tmp_path):
    with pytest.raises(TableError, match="holds no images"):
        read_folder(tmp_path)
    (tmp_path / "1.parquet").touch()
    with pytest.raises(TableError, match=r"audit\(polars\.scan_parquet\('.*'\), \.\.\.\)"):
        read_folder(tmp_path)
    save(picture(), tmp_path / "train" / "cat" / "1.png")
    with pytest.raises(TableError, match=r"Did you mean '.*train'"):
        read_folder(tmp_path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_no_damage_stops_the_reading(tmp_path, kind):
    save(picture(30, 40), whole := tmp_path / "whole", format=kind)
    data = whole.read_bytes()
    (tmp_path / "a").mkdir()
    for k in range(60):
        damaged = bytearray(data[: RANDOM.integers(1, len(data))] if k % 3 == 0 else data)
        for at in RANDOM.integers(0, min(len(damaged), 300), 3 * (k % 3 > 0)):
            damaged[at] = RANDOM.integers(256)
        (tmp_path / "a" / f"{k:02}.png").write_bytes(damaged)

    read = read_folder(tmp_path)

    assert len(read.files) == 60
    assert (~read.readable).any()
