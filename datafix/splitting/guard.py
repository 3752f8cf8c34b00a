"""What keeps estimators from learning from held-out rows."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from datafix.errors import LeakageError
from datafix.splitting.guarded import Guarded
from datafix.splitting.held_out import HeldOut


class Guard:
    """Knows the held-out rows, and latches every attempt to learn from them.

    Use it as a context: what scikit-learn swallowed inside (``cross_validate`` turns an
    exception into NaN), or what was refused in a worker process of this machine, is raised at the end of the block.

    Parameters
    ----------
    held_out : HeldOut

    Attributes
    ----------
    violations : list of str
        What was refused.

    Notes
    -----
    Rows are known by their ids where ``split.guard(ids=...)`` names some, and by content that stands once in the
    whole table. Not guarded are rows that were changed before the fit (scaled, encoded or rounded, by hand or by
    an earlier step: wrap the whole Pipeline, or its first step), arrays of fewer columns than the table has, and
    processes on other machines. For worker processes 8 bytes a cell are written to a temporary folder, which goes
    with the block.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from datafix import Split
    >>> X, y = np.arange(10.0).reshape(-1, 1), np.arange(10.0)
    >>> split = Split(train=range(8), test=[8, 9])
    >>> with split.guard(X) as guard:
    ...     model = guard.wrap(LinearRegression()).fit(X[split.train], y[split.train])
    >>> float(model.predict([[9.0]])[0].round(6))
    9.0
    """

    def __init__(self, held_out: HeldOut) -> None:
        self._held_out = held_out
        self._refused: list[str] = []
        self._latch: Path | None = None

    @property
    def violations(self) -> list[str]:
        """What was refused, here and in other processes."""
        elsewhere = [] if self._latch is None else sorted(path.read_text() for path in self._latch.glob("*.txt"))
        return list(dict.fromkeys([*self._refused, *elsewhere]))

    def wrap(self, estimator: Any) -> Guarded:
        """Return the estimator, guarded wherever it (or a clone of it) is fitted."""
        return Guarded(estimator, guard=self)

    def check(self, X: Any, who: str) -> None:
        """Latch and raise LeakageError if X holds a held-out row."""
        refused = self._held_out.among(X)
        if not refused.any():
            return
        message = (
            f"{who} was given {int(refused.sum())} held-out row(s) to learn from, the first at position "
            f"{np.flatnonzero(refused)[0]} of its X. Fit on X[split.train] only."
        )
        self._refused.append(message)
        if self._latch is not None:
            draft = self._latch / f"{uuid.uuid4().hex}.part"
            draft.write_text(message)
            draft.rename(draft.with_suffix(".txt"))
        raise LeakageError(message)

    def __enter__(self) -> Self:
        self._latch = Path(tempfile.mkdtemp(prefix="datafix-guard-"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        violations, latch = self.violations, self._latch
        self._refused, self._latch = violations, None
        self._held_out.forget_spilled()
        if latch is not None:
            shutil.rmtree(latch)
        if violations and not isinstance(error, LeakageError):
            raise LeakageError("\n".join(violations)) from error

    def __getstate__(self) -> dict[str, Any]:
        """Let other processes know rows that have fewer columns, too."""
        if self._latch is not None and self._latch.is_dir():
            self._held_out.spill(self._latch)
        return self.__dict__

    def __sklearn_clone__(self) -> Guard:
        return self  # clones of a guarded estimator latch in the same place

    def __deepcopy__(self, memo: dict[int, Any]) -> Guard:
        return self
