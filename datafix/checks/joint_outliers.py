"""Rows whose numbers do not go together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sklearn.neighbors import LocalOutlierFactor

from datafix.checks.outlying import isolated
from datafix.checks.tables import FEW_NUMBERS, Tables
from datafix.report import Issue, Severity

MOST_COLUMNS = 100


@dataclass(frozen=True)
class JointOutliers:
    """Find rows that lie far from all others, though each of their numbers is an ordinary one.

    Numbers are scaled by their quartiles and drawn together by the inverse hyperbolic sine. How much thinner a row's
    surroundings are than those of its ``neighbours`` (local outlier factor: Breunig et al., SIGMOD 2000) must be
    ``times`` what it is for all but a hundredth of the rows. Of larger tables ``most_rows`` rows are judged.
    """

    name: ClassVar[str] = "joint_outliers"
    needs: ClassVar[frozenset[str]] = frozenset({"features"})

    neighbours: int = 20
    times: float = 5.0
    most_rows: int = 5000
    fewest_rows: int = 100
    most_share: float = 0.02

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield a warning for each table."""
        for table in tables.both:
            columns = [
                name
                for name, figures in table.statistics.items()
                if figures.kind == "number" and figures.n_unique > FEW_NUMBERS and name not in table.roles.values()
            ][:MOST_COLUMNS]
            if len(columns) < 2 or table.n_rows < self.fewest_rows:
                continue
            random = np.random.RandomState(tables.random_state)
            rows = np.arange(table.n_rows)
            rows = rows if len(rows) <= self.most_rows else np.sort(random.permutation(rows)[: self.most_rows])
            values = np.column_stack([table.numbers(name)[rows] for name in columns])
            alone = [isolated(column) for column in values.T]
            X = _scaled(values)
            whole = np.isfinite(values).all(axis=1)
            whole[np.concatenate(alone)] = False  # another check names them
            if whole.sum() < self.fewest_rows:
                continue
            at = np.flatnonzero(whole)
            model = LocalOutlierFactor(n_neighbors=self.neighbours).fit(X[at])
            factor, reach = -model.negative_outlier_factor_, model.kneighbors()[0][:, -1]
            # Rows beside many equal ones have a large factor too, and lie near.
            far = (factor > self.times * np.quantile(factor, 0.99)) & (reach > np.quantile(reach, 0.95))
            found = at[far]
            if not 0 < len(found) <= self.most_share * len(at):
                continue
            telling = [columns[j] for j in np.argsort(-np.abs(X[found[0]]), kind="stable")[:3]]
            shown = ", ".join(f"{columns[j]} {values[found[0], j]:g}" for j in map(columns.index, telling))
            among = "" if len(rows) == table.n_rows else f" of {len(rows)} sampled ones"
            yield Issue(
                self.name,
                Severity.WARNING,
                f"{len(found)} {table.part} row(s){among} lie far from all others, though none of their numbers does "
                f"alone; the first at position {rows[found[0]]}: {shown}.",
                "Look at these rows: mend what is an error. DropOutliers() leaves them out of training.",
                table=table.part,
                rows=rows[found],
                evidence={"n_rows": len(found), "n_judged": len(at), "columns": telling},
            )


def _scaled(values: np.ndarray) -> np.ndarray:
    """Return numbers from their median in units of their quartile range, drawn together."""
    known = np.where(np.isfinite(values), values, np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        lower, middle, upper = np.nanquantile(known, [0.25, 0.5, 0.75], axis=0)
        spread = np.where(upper > lower, upper - lower, 1.0)
        return np.asarray(np.arcsinh((known - middle) / spread))
