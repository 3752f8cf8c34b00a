"""Steps that change rows, at fit only, and the way in which they enter a pipeline."""

from datafix.rows.plan import RowPlan
from datafix.rows.selection import Selection, select_rows
from datafix.rows.step import RowStep
from datafix.rows.trainer import ResampledTrainer

__all__ = ["ResampledTrainer", "RowPlan", "RowStep", "Selection", "select_rows"]
