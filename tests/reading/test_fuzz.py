"""Readers on damaged files; ``python tests/reading/test_fuzz.py 100000`` runs longer."""

import gzip
import io
import random
import sys
import warnings
import zipfile

import pandas as pd
import pyarrow as pa
import pytest

from datafix import DatafixWarning, TableError
from datafix.reading import read_table

FRAME = pd.DataFrame(
    {"a": [1.5, None, -3.0], "b": ['say "hi"', "x, y", "Zoë\nBo"], "c": pd.Categorical(["u", "v", "u"]), "d": [1, 2, 3]}
)
SPICES = [b'"', b'""', b"'", *(bytes([byte]) for byte in b",;\n\r\0\xff\xc3\\ "), b"\xef\xbb\xbf", b"1e999", b"9" * 30]


def originals():
    csv = FRAME.to_csv(index=False)
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, pa.Schema.from_pandas(FRAME)) as writer:
        writer.write_table(pa.table(FRAME))
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, pa.Schema.from_pandas(FRAME)) as writer:
        writer.write_table(pa.table(FRAME))
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", csv)
    return [
        ("t.csv", csv.encode()),
        ("t.csv", FRAME.to_csv(index=False, sep=";", decimal=",").encode("cp1252")),
        ("t.csv", csv.encode("utf-16")),
        ("t.tsv", FRAME.to_csv(index=False, sep="\t", lineterminator="\r\n").encode("utf-8-sig")),
        ("t.csv.gz", gzip.compress(csv.encode())),
        ("t.csv.zip", zipped.getvalue()),
        ("t.csv.zst", pa.compress(csv.encode() * 20, codec="zstd", asbytes=True)),
        ("t.parquet", FRAME.to_parquet()),
        ("t.arrow", sink.getvalue()),
        ("t.arrow", stream.getvalue()),
    ]


def damaged(content, random):
    """Return the bytes with one to four of them changed, gone, doubled, or something odd put in."""
    content = bytearray(content)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(content) + 1)
        match random.randrange(5):
            case 0:
                content[at : at + 1] = bytes([random.randrange(256)])
            case 1:
                del content[at : at + random.choice((1, 1, 5, len(content)))]
            case 2:
                content[at:at] = content[at : at + random.randint(1, 40)]
            case 3:
                content[at:at] = random.choice(SPICES)
            case 4 if at < len(content):
                content[at] ^= 1 << random.randrange(8)
    return bytes(content)


def read_damaged(folder, n, seed):
    """Read n damaged files; return how many gave a frame."""
    rng, files, frames = random.Random(seed), originals(), 0
    for _ in range(n):
        name, content = rng.choice(files)
        path = folder / name
        path.write_bytes(damaged(content, rng))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", DatafixWarning)
            try:
                frames += isinstance(read_table(path), pd.DataFrame)
            except TableError:
                continue
            except BaseException:
                (folder / f"found{path.suffix}").write_bytes(path.read_bytes())
                raise
    return frames


@pytest.mark.parametrize("seed", range(2))
def test_damaged_files_give_a_frame_or_a_table_error(tmp_path, seed):
    assert 0 < read_damaged(tmp_path, 500, seed) < 500


if __name__ == "__main__":
    import tempfile
    from pathlib import Path

    print(read_damaged(Path(tempfile.mkdtemp()), int(sys.argv[1]), int(sys.argv[2])))  # noqa: T201
