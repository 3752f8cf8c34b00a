"""audit(): run checks over tables, give a report."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from datafix.checks import CHECKS, Check, Tables
from datafix.checks.choosing import chosen_checks, with_settings
from datafix.checks.leakage_types import UNSEEN
from datafix.clean.parsing import find_time_format, read_times
from datafix.columns import as_numbers, factorize, kind_of
from datafix.engines import is_lazy, partitions_of
from datafix.errors import ParameterError, TableError
from datafix.images import read_folder
from datafix.preparation import Prepared
from datafix.report import Issue, Report
from datafix.sampled_table import SampledTable
from datafix.schema import Schema
from datafix.table import Part, Table
from datafix.task import Task

HASHED = {"duplicate_rows": "rows", "train_test_copies": "features", "group_overlap": "groups", "id_overlap": "ids"}
"""What is hashed of all of a lazy frame's rows for a check."""

BY_ALL_ROWS = frozenset({*HASHED, "schema_rules"})
"""Checks that name rows among all of a lazy frame, and not among those drawn."""

COUNTED = frozenset(
    {
        "category_mismatch",
        "class_balance",
        "constant_column",
        "high_cardinality",
        "identifier_column",
        "infinite_values",
        "missing_labels",
        "missing_values",
        "new_labels",
        "small_groups",
    }
)
"""Checks that count in all rows of a lazy frame, and name rows among those drawn."""

FILES_TOLD = 4
FILES_IN_EVIDENCE = 50


def audit(
    train: Any,
    *,
    target: Any = None,
    test: Any = None,
    task: Literal["auto", "classification", "regression"] = "auto",
    groups: Any = None,
    time: Any = None,
    ids: Any = None,
    sample_weight: Any = None,
    pred_proba: Any = None,
    schema: Any = None,
    prepared: Any = None,
    checks: Any = "default",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    random_state: int = 0,
    progress: bool | None = None,
) -> Report:
    """Look for what is wrong with the data, before anything is trained.

    Parameters
    ----------
    train, test : dataframe (lazy too), path, array or images
        A pandas, polars or pyarrow frame, a path to CSV, Parquet or Arrow, an array of shape (rows, features),
        images of shape (n, height, width, channels), or a folder of images, with one sub-folder a class where they
        have classes. Files of a folder that are torn, of other sizes or no images at all are findings.
    target, groups, time, ids, sample_weight : str or array, optional
        Column names (of both tables), or the training rows' values; for both tables a pair (train, test) of arrays.
    task : {"auto", "classification", "regression"}
        "auto": see :func:`datafix.task.infer_task`.
    pred_proba : array of shape (training rows, classes), optional
        Out-of-fold class probabilities, the classes in sorted order.
    schema : Schema or path of its YAML, optional
    prepared : Prepared, optional
        Made with ``record=True``; proves or rules out that test rows were fitted on.
    checks : "default" or iterable of str or Check
        Names of checks in ``datafix.CHECKS``, or your own.
    settings : mapping of check name to mapping of field to value, optional
        Such as ``{"column_drift": {"distance": 0.2}}``.
    random_state : int
    progress : bool, optional
        Tell which check runs; unless said, where the standard error is a terminal.

    Returns
    -------
    report : Report
        Of a lazy frame of more than 250,000 rows, one pass draws so many of them, for most checks, and counts all: its
        ``notes`` say which checks look at what. Roles are then names of columns.

    Raises
    ------
    TableError
        If a table cannot be read, or a role names no column of it.
    ParameterError
        If a check or a setting is not known, a setting is of a wrong type, a column has two roles that exclude each
        other, or a weight is negative or missing.

    Examples
    --------
    >>> import pandas as pd
    >>> train = pd.DataFrame({"a": [1.0, float("inf")] * 30, "y": ["no", "yes"] * 30})
    >>> report = audit(train, target="y", checks=["infinite_values", "class_balance"])
    >>> [issue.check for issue in report.issues], report.passed
    (['infinite_values'], ('class_balance',))
    """
    chosen = with_settings(chosen_checks(checks, CHECKS), {} if settings is None else settings, CHECKS)
    _refuse_seed(random_state)
    schema = _schema(schema)
    # Columns may be numbered, as read_csv(header=None) does; their names are text here.
    target, groups, time, ids = (str(role) if isinstance(role, int) else role for role in (target, groups, time, ids))
    roles = {"target": target, "groups": groups, "time": time, "ids": ids, "sample_weight": sample_weight}
    _refuse_roles(roles)
    if prepared is not None and not isinstance(prepared, Prepared):
        raise ParameterError(
            f"audit needs prepared= a Prepared, made with record=True of rows in memory, got {type(prepared).__name__}."
        )
    train, test = _read_folders(train, test)
    hashed = _hashed(chosen, with_test=test is not None)
    train_table: Table
    if is_lazy(train):
        _refuse_probabilities(pred_proba)
        train_table = SampledTable(train, **_roles_of("train", roles), hashed=hashed, random_state=int(random_state))
    else:
        train_table = Table(train, **_roles_of("train", roles), part="train")
    test_table = None if test is None else _test_table(test, roles, train_table, hashed, int(random_state))
    given = [train_table] if test_table is None else [train_table, test_table]
    for table in given:
        _refuse_weights(table)
    _parse_times(given)
    tables = Tables(
        train=train_table,
        test=test_table,
        task=_task(task, train_table),
        pred_proba=None if pred_proba is None else np.asarray(pred_proba, dtype=np.float64),
        schema=schema,
        prepared=prepared,
        random_state=random_state,
    )
    found: list[Issue] = []
    passed: list[str] = []
    skipped: dict[str, str] = {}
    with _progress(len(chosen), progress) as begin:
        for check in chosen:
            begin(check.name)
            if reason := tables.lacks(check.needs):
                skipped[check.name] = reason
            elif issues := list(check.find(tables)):
                found += [_with_files(_in_frame(issue, tables), tables) for issue in issues]
            else:
                passed.append(check.name)
    if test_table is not None and checks == "default":
        skipped |= UNSEEN
    shapes: dict[str, tuple[int, ...]] = {table.part: table.shape for table in tables.both}
    shapes |= {table.part: (table.n_all, *table.shape[1:]) for table in tables.both if table.whole is not None}
    return Report(found, passed=passed, skipped=skipped, shapes=shapes, notes=_notes(tables))


def _in_frame(issue: Issue, tables: Tables) -> Issue:
    """Return an issue of rows drawn from a lazy frame with their positions in the frame, and say that they are."""
    if issue.check in BY_ALL_ROWS or all(table.whole is None for table in tables.both):
        return issue
    if issue.check not in COUNTED:
        issue = replace(issue, message=f"By the rows drawn: {issue.message}")
    if "train_rows" in issue.evidence and tables.train.whole is not None:
        rows = tables.train.whole.positions[issue.evidence["train_rows"]]
        issue = replace(issue, evidence=issue.evidence | {"train_rows": rows.tolist()})
    table = tables.train if issue.table == "train" else tables.test
    if table is None or table.whole is None or issue.rows is None:
        return issue
    return replace(issue, rows=table.whole.positions[issue.rows])


def _notes(tables: Tables) -> list[str]:
    """Tell what was looked at of lazy frames."""
    drawn = [
        f"{table.n_rows:,} of {table.n_all:,} {table.part} rows" for table in tables.both if table.whole is not None
    ]
    if not drawn:
        return []
    looked_at = (
        f"Checks look at {' and '.join(drawn)}, drawn at random (random_state={tables.random_state}); rows that they "
        "name are of those, by their positions in the frame."
    )
    return [looked_at, f"By all rows: {', '.join(sorted([*BY_ALL_ROWS, *COUNTED]))}."]


@contextmanager
def _progress(n_checks: int, progress: bool | None) -> Iterator[Callable[[str], None]]:
    """Give what is told each check's name before it runs; the bar goes when the checks end, however they do."""
    console = Console(stderr=True)
    if not (console.is_terminal if progress is None else progress):
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task, begun = bar.add_task("", total=n_checks), itertools.count()
        yield lambda name: bar.update(task, description=name, completed=next(begun))


def _read_folders(train: Any, test: Any) -> tuple[Any, Any]:
    """Read folders of images as they are; beside images in memory a folder is read as for training."""
    if not _is_folder(train) or not (test is None or _is_folder(test)):
        return train, test
    train = read_folder(train)
    return train, None if test is None else read_folder(test, like=train.images.shape[1:])


def _is_folder(data: Any) -> bool:
    return isinstance(data, str | Path) and Path(data).is_dir()


def _with_files(issue: Issue, tables: Tables) -> Issue:
    """Name the files of an issue's rows."""
    table = tables.train if issue.table == "train" else tables.test
    if table is None or table.files is None or issue.rows is None or not len(issue.rows):
        return issue
    names = table.names(issue.rows[:FILES_IN_EVIDENCE])
    evidence = issue.evidence | {"files": names}
    if "train_rows" in evidence:
        evidence["train_files"] = tables.train.names(np.asarray(evidence["train_rows"]))
    named = f"{', '.join(names[:FILES_TOLD])}{', …' if len(issue.rows) > FILES_TOLD else ''}"
    return replace(issue, message=f"{issue.message} Files: {named}.", evidence=evidence)


def _refuse_roles(roles: dict[str, Any]) -> None:
    """Raise ParameterError where a role has several columns, or a column the target's role and another."""
    for role, given in roles.items():
        if isinstance(given, tuple) and len(given) == 2 and all(isinstance(part, str) for part in given):
            raise ParameterError(f"audit needs one column for {role}=, got {given!r}. Audit each by itself.")
    named = {role: given for role, given in roles.items() if isinstance(given, str)}
    for role in ("target", "sample_weight"):
        for other, given in named.items():
            if other != role and given == named.get(role):
                raise ParameterError(f"Column {given!r} cannot be both {role}= and {other}=. Name another for one.")


def _hashed(chosen: Iterable[Check], *, with_test: bool) -> list[str]:
    """Return what the checks compare by hashes of all rows: across parts only where there are two."""
    names = {HASHED[check.name] for check in chosen if check.name in HASHED}
    return sorted(names if with_test else names & {"rows"})


def _refuse_probabilities(pred_proba: Any) -> None:
    if pred_proba is not None:
        raise ParameterError(
            "pred_proba= needs training rows in memory, one row of probabilities each, got a lazy frame. Collect the "
            "rows that they were made for, or leave it out."
        )


def _refuse_weights(table: Table) -> None:
    if table.sample_weight is None:
        return
    name = table.roles.get("sample_weight", "given")
    if kind_of(table.sample_weight) not in ("number", "boolean"):
        raise ParameterError(f"sample_weight needs numbers, got {kind_of(table.sample_weight)} ({name}).")
    if table.whole is not None:
        seen = table.whole.columns[name]
        if seen.n_missing + seen.n_infinite or (seen.minimum or 0.0) < 0:
            raise ParameterError(
                f"sample_weight needs finite weights of at least 0; {name!r} is missing or infinite on "
                f"{seen.n_missing + seen.n_infinite} of {table.n_all} {table.part} rows, and its least is "
                f"{seen.minimum}. Mend them, or drop these rows."
            )
    bad = np.flatnonzero(~(np.isfinite(weights := as_numbers(table.sample_weight)) & (weights >= 0)))
    if len(bad):
        raise ParameterError(
            f"sample_weight needs finite weights of at least 0, got {weights[bad[0]]:g} on {len(bad)} {table.part} "
            f"row(s) ({name}), the first at position {bad[0]}. Mend them, or drop these rows."
        )


def _schema(schema: Any) -> Schema | None:
    if isinstance(schema, str | Path):
        return Schema.from_yaml(schema)
    if schema is not None and not isinstance(schema, Schema):
        raise ParameterError(
            f"audit needs schema= to be a Schema or the path of its YAML, got {type(schema).__name__}. "
            "Make one with datafix.infer_schema(train)."
        )
    return schema


def _refuse_seed(random_state: Any) -> None:
    if isinstance(random_state, bool) or not isinstance(random_state, Integral) or not 0 <= int(random_state) < 2**32:
        raise ParameterError(
            f"audit needs random_state to be a whole number from 0 to 2**32 - 1, got {random_state!r}."
        )


def _roles_of(part: Part, roles: dict[str, Any]) -> dict[str, Any]:
    """Return the roles of one table: names serve both, a pair has a half for each, else they are train's."""
    chosen = {}
    for role, given in roles.items():
        if isinstance(given, tuple) and len(given) == 2:
            chosen[role] = given[0 if part == "train" else 1]
        elif isinstance(given, str) or part == "train":
            chosen[role] = given
    return chosen


def _test_table(test: Any, roles: dict[str, Any], train: Table, hashed: list[str], random_state: int) -> Table:
    mine = _roles_of("test", roles)
    if is_lazy(test):
        columns = partitions_of(test).columns
        known = {role: given for role, given in mine.items() if given in columns or role in ("groups", "time")}
        return SampledTable(test, **known, part="test", hashed=hashed, random_state=random_state)
    bare = Table(test, part="test")
    # A test table may come without a target or ids: what needs them is then skipped, and named.
    present = {
        role: given
        for role, given in mine.items()
        if not isinstance(given, str) or given in bare.columns or role in ("groups", "time")
    }
    table = Table(test if bare.images is not None else bare.frame, **present, part="test")
    if (table.images is None) != (train.images is None):
        raise TableError("audit needs train and test of one kind, got a table and images.")
    return table


def _parse_times(tables: list[Table]) -> None:
    """Make times of a time role that is text, where it is written one way in all tables; else leave it as it is."""
    texts = [
        (table, factorize(table.time)) for table in tables if table.time is not None and kind_of(table.time) == "text"
    ]
    counts: dict[str, int] = {}
    for _, (codes, values) in texts:
        for text, count in zip(values.tolist(), np.bincount(codes[codes >= 0], minlength=len(values)), strict=True):
            counts[text.strip()] = counts.get(text.strip(), 0) + int(count)
    form = find_time_format(counts, 1.0)[0] if counts else None
    if form is None:
        return
    for table, (codes, values) in texts:
        times = np.append(read_times([text.strip() for text in values], form), np.datetime64("NaT", "us"))
        table.time = nw.from_native(pd.Series(times[codes]), series_only=True)


def _task(task: str, train: Table) -> Task | None:
    if task not in ("auto", "classification", "regression"):
        raise ParameterError(f"audit needs task 'auto', 'classification' or 'regression', got {task!r}.")
    if train.target is None:
        return None
    if task == "regression" and (kind := kind_of(train.target)) not in ("number", "time", "boolean"):
        raise ParameterError(
            f"task='regression' needs a target of numbers, got {kind}. Parse it, or say task='classification'."
        )
    return train.inferred_task if task == "auto" else task  # type: ignore[return-value]
