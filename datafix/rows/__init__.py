"""Steps that change rows, at fit only, and the way in which they enter a pipeline."""

from datafix.rows.naming import named_steps
from datafix.rows.plan import RowPlan
from datafix.rows.recording import RowNames
from datafix.rows.selection import Selection, select_rows
from datafix.rows.step import RowStep
from datafix.rows.trainer import ResampledTrainer

__all__ = ["ResampledTrainer", "RowNames", "RowPlan", "RowStep", "Selection", "named_steps", "select_rows"]
