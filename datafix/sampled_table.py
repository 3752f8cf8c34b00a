"""A lazy frame with the roles of its columns: rows drawn from it, and the figures of all."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from datafix.engines import partitions_of
from datafix.errors import ParameterError, TableError
from datafix.sketches import sketch
from datafix.table import Part, Table


class SampledTable(Table):
    """Rows drawn from a lazy frame as a Table, and beside them what one pass over all rows found.

    Parameters
    ----------
    X : lazy frame
    target, groups, time, ids, sample_weight : str, optional
        Names of columns.
    part : {"train", "test"}
    random_state : int
        Seeds the draw.
    hashed : collection of "features", "rows", "groups" and "ids"
        What is hashed of all rows, for checks that compare them: features, features with the target, and roles.

    Attributes
    ----------
    source : lazy frame
        With all its columns.
    whole : TableSketch or None
        None where all rows were drawn.

    Raises
    ------
    TableError
        If the frame has no rows, or a role names no column of it.
    ParameterError
        If a role is given as values: rows of a lazy frame have no positions.

    Examples
    --------
    >>> import polars as pl
    >>> table = SampledTable(pl.LazyFrame({"a": [1, 2], "y": ["no", "yes"]}), target="y")
    >>> table.columns, table.n_rows, table.n_all
    (['a'], 2, 2)
    """

    def __init__(
        self, X: Any, *, part: Part = "train", random_state: int = 0, hashed: Collection[str] = (), **roles: Any
    ) -> None:
        columns = partitions_of(X).columns
        for role, given in roles.items():
            if given is not None and not isinstance(given, str):
                raise ParameterError(f"A lazy frame needs {role}= as the name of its column, got {given!r:.80}.")
            if given is not None and given not in columns:
                raise TableError(f"{role}={given!r} is no column of the {part} frame. It has {columns[:12]}.")
        apart = {roles.get(role) for role in ("target", "ids", "sample_weight")}
        features = [name for name in columns if name not in apart]
        target = roles.get("target")
        chosen = {"features": features, "rows": features if target is None else [*features, target], **roles}
        seen = sketch(X, seed=random_state, hashed={name: chosen[name] for name in hashed if chosen.get(name)})
        super().__init__(seen.sample.to_native(), part=part, **roles)
        self.source = X
        self.whole = None if seen.is_whole else seen
