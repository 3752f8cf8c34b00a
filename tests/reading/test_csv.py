import bz2
import gzip
import lzma
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from datafix import DatafixWarning, TableError
from datafix.reading import read_table

FRAME = pd.DataFrame({"name": ["Zoë", "Bo, Jr.", np.nan], "size": [1.75, -2.5, 3.0], "n": [1, 20, 3]})


@pytest.fixture
def file(tmp_path):
    """Write bytes, or text in UTF-8, to a file; return its path."""

    def write(content, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def same(frame, expected=FRAME):
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)
    return True


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize(("sep", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", ".")])
def test_delimiter_decimal_and_encoding_are_found(file, sep, decimal, encoding):
    text = FRAME.to_csv(index=False, sep=sep, decimal=decimal)
    assert same(read_table(file(text.encode(encoding))))
    assert same(read_table(file(text.replace("\n", "\r\n").encode(encoding))))


@pytest.mark.parametrize(
    "text",
    [
        "name,size,n\n'Zoë',1.75,1\n'Bo, Jr.',-2.5,20\n,3,3\n",
        '\nname, size, n\n"Zoë", 1.75, 1\n\n"Bo, Jr.", -2.5, 20\n, 3, 3',
        "name;size;n\nZoë;1,75;1\nBo, Jr.;-2,5;20\n;3;3\n",
        "name\tsize\tn\rZoë\t1.75\t1\rBo, Jr.\t-2.5\t20\r\t3\t3\r",
    ],
)
def test_quotes_blanks_and_line_ends_are_found(file, text):
    assert same(read_table(file(text)))


def test_a_quote_is_doubled_or_escaped(file):
    doubled = 'a,b\n"say ""hi"", he said",1\n"C:\\",2\n'
    escaped = 'a,b\n"say \\"hi\\", he said",1\n"x",2\n'
    assert read_table(file(doubled))["a"].tolist() == ['say "hi", he said', "C:\\"]
    assert read_table(file(escaped))["a"].tolist() == ['say "hi", he said', "x"]


def test_a_delimiter_inside_quotes_or_values_is_none(file):
    assert read_table(file('a,b\n"x;y",1;2\n"p\nq",3;4\n'))["a"].to_list() == ["x;y", "p\nq"]


def test_thousands_are_no_decimals(file):
    assert read_table(file("a;b\n1,000;x\n25,300;y\n"))["a"].tolist() == ["1,000", "25,300"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("5.1,3.5,0\n4.9,3.0,0\n", ["x0", "x1", "x2"]),
        ("39, Private, Male\n50, State, Male\n38, Private, Female\n", ["x0", "x1", "x2"]),
        ("country,2019,2020\nCH,1,2\nFR,3,4\n", ["country", "2019", "2020"]),
        ("0,1,2,3\n1,0,1,1\n0,0,1,1\n", ["0", "1", "2", "3"]),
        ("0,1\n1.5,0.2\n", ["0", "1"]),
        ("sex,smoker\nmale,yes\nfemale,no\nmale,no\n", ["sex", "smoker"]),
        ("Male,age\nMale,3\nFemale,4\n", ["Male", "age"]),
        ("red,round\nred,square\nblue,round\n", ["x0", "x1"]),
        ("a,b\na,b\na,b\nc,d\n", ["a", "b"]),
        (",a\n0,x\n1,y\n", ["Unnamed: 0", "a"]),
        ("a\nx\ny\n", ["a"]),
        ("a,b\n1,2,\n3,4,\n", ["a", "b"]),
        ('pipe,price\n5" long,1\n3/4" ,2\n', ["pipe", "price"]),
    ],
)
def test_a_header_is_told_from_a_row(file, text, names):
    frame = read_table(file(text))
    assert frame.columns.tolist() == names
    assert len(frame) == text.count("\n") - (names[0] != "x0")


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zip", ".zst"])
def test_packed_files_are_unpacked_by_their_name(file, suffix):
    text = FRAME.to_csv(index=False).encode()
    if suffix == ".zip":
        path = file(b"", "t.csv.zip")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("t.csv", text)
    else:
        packed = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}.get(
            suffix, lambda content: pa.compress(content, codec="zstd", asbytes=True)
        )(text)
        path = file(packed, f"t.csv{suffix}")
        path.with_name(f"torn.csv{suffix}").write_bytes(packed[:-9])
        with pytest.raises(TableError, match="torn"):
            read_table(path.with_name(f"torn.csv{suffix}"))
    assert same(read_table(path))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("a,b\n", "header and no rows"),
        ("a,b\n1,2\n3,4,5\n6,7\n", "Line 3, column 3: 3 fields where the first line has 2, the first too many is '5'"),
        ("a,b\n1,2,3\n4,5,6\n", "Line 2, column 3: 3 fields"),
        ("a,b,c\n1,2,3\n4,5\n6,7,8\n", "Line 3, column 3: 2 fields where the first line has 3"),
        ('a,b\n"x, y",2\n"z"\n', "Line 3, column 2: 1 fields"),
        ('a,b\nx,1\ny,"2\nz,3\n', "Line 3, character 3: a quote is opened and never closed"),
        ('a,b\nx,"1\ny,2\nz,"3"\n', "Line 4: .* of the quote opened on line 2"),
        ('a,b\nx,"1\ny,2\nz,"3,4"\n', "Line 2, column 3.*closed 2 line"),
        ("a,b\nx,1\ny\0z,2\n", "Line 3, character 2: a NUL character"),
        ("a,b\nx\0,1\n".encode("utf-16"), "Line 2, character 2: a NUL"),
        ("a,b\n1,2\n".encode("utf-16-le"), "NUL"),
        ("a,b\nx,\r\r y,v\n", "Line 4, character 1: a blank after a carriage return"),
        ("a,b\nx,\r\r y,v\n".encode("utf-16"), "Line 4, character 1: a blank after"),
        ("a,b,a\n1,2,3\n", "line 1: columns 1 and 3 are all called 'a'"),
        ("1,7\n2,9\n", "line 1: 1, 7 may be names of columns or a row"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"PAR1rest", "Parquet"),
        (b"\x1f\x8brest", "gzip. Name it .csv.gz"),
        (" <!DOCTYPE html><html>", "HTML page"),
        ('[{"a": 1}]', "JSON"),
        ("a,b\n1,Zoë\n".encode() + b"2,Zo\xeb\n" + "3,Zoë\n".encode() * 9, "Line 3, character 5: the bytes eb are not"),
        ("имя,б\nпривет,1\n".encode("cp1251"), "Line 1, character 1.*nor is the file like Windows-1252"),
        ("jméno,b\nŽluťoučký,1\nkůň,2\n".encode("cp1250"), "cannot be decoded"),
        (b"a,b\n\xff\x01,2\n", "cannot be decoded"),
        ("a,b\n1,2\n".encode("utf-16")[:-1], "UTF-16"),
    ],
)
def test_what_is_odd_is_refused_by_line_and_column(file, content, told):
    with pytest.raises(TableError, match=f"t\\.csv.*{told}"):
        read_table(file(content))


def test_an_archive_of_two_files_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.csv.zip", "w") as archive:
        archive.writestr("a.csv", "a\n1\n")
        archive.writestr("b.csv", "a\n1\n")
    with pytest.raises(TableError, match="one file"):
        read_table(tmp_path / "t.csv.zip")


def test_windows_1252_is_read_and_said(file):
    content = "name,price\nGrößenwahn,5 €\nCafé “Noël”,7 €\n".encode("cp1252")
    with pytest.warns(DatafixWarning, match="Windows-1252"):
        assert read_table(file(content))["name"].tolist() == ["Größenwahn", "Café “Noël”"]
    text = FRAME.fillna("x").to_csv(index=False, sep=";", decimal=",")
    with pytest.warns(DatafixWarning, match="Windows-1252"):
        assert same(read_table(file(text.encode("cp1252"))), FRAME.fillna("x"))
    late = b"name,n\n" + b"plain,1\n" * 20_000 + "Zoë,2\n".encode("latin-1")
    with pytest.warns(DatafixWarning, match="Windows-1252"):
        assert read_table(file(late))["name"].iloc[-1] == "Zoë"


def test_faults_past_the_first_part_are_found(file):
    lines = ["a,b,c"] + [f"{k},x," for k in range(20_000)]
    assert len(read_table(file("\n".join(lines)))) == 20_000
    for odd, told in (("1,2", "2 fields"), ("1,2,3,4", "4 fields"), ('1,2,"x', "never closed"), ("1,\0,", "NUL")):
        with pytest.raises(TableError, match=f"Line 15001.*{told}"):
            read_table(file("\n".join([*lines[:15_000], odd, *lines[15_000:]])))
    quoted = ["a,b,c"] + [f'{k},"x, ""y""\nz",' for k in range(20_000)]
    assert read_table(file("\n".join(quoted))).shape == (20_000, 3)


def test_a_byte_far_into_a_packed_file_is_placed(file):
    content = gzip.compress(b"a,b\n" + b"1,2\n" * 50_000 + b"1,\x81\x82\x83\n")
    with pytest.raises(TableError, match="Line 50002, character 3: the bytes 81"):
        read_table(file(content, "t.csv.gz"))


def test_a_header_longer_than_the_first_part_is_read(file):
    names = [f"a column of a long name, the {j}th" for j in range(5000)]
    frame = pd.DataFrame(np.ones((2, 5000)), columns=names)
    assert read_table(file(frame.to_csv(index=False))).columns.tolist() == names


def test_pieces_of_a_column_that_differ_are_read_as_one(file):
    n = 300_000
    numbers, ids = [*range(n), "x"], [*range(n), 2**63 + 5]
    text = "mixed,id\n" + "".join(f"{number},{key}\n" for number, key in zip(numbers, ids, strict=True))
    frame = read_table(file(text))
    assert set(map(type, frame["mixed"])) == {str}
    assert int(frame["id"].iloc[-1]) == 2**63 + 5


def test_iso_dates_are_times_and_what_is_ambiguous_stays_text(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text(
        "day,at,zoned,slash,none,odd,mixed\n"
        "2020-01-31,2020-01-31T10:00:00,2020-01-31T10:00:00Z,01/02/2020,2020-02-30,2020-01-31,2020-01-31T10:00+01:00\n"
        ",2020-02-01 11:30,2020-02-01T11:30:00Z,01/03/2020,2020-01-01,soon,2020-01-31T10:00+02:00\n"
    )

    frame = read_table(path)

    kinds = {name: frame[name].dtype.kind for name in frame}
    assert {name for name, kind in kinds.items() if kind == "M"} == {"day", "at", "zoned"}
    assert frame["day"].isna().tolist() == [False, True]
    assert frame["at"].dt.strftime("%d %H:%M").tolist() == ["31 10:00", "01 11:30"]
    assert frame["none"].tolist() == ["2020-02-30", "2020-01-01"]
