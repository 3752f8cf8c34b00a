"""What one pass over partitions keeps of a table: figures, distinct values, a sample of rows; all of it merges."""

from datafix.sketches.column_sketch import ColumnSketch
from datafix.sketches.distinct_values import DistinctValues
from datafix.sketches.row_hashes import RowHashes
from datafix.sketches.row_sample import RowSample
from datafix.sketches.table_sketch import SAMPLE_ROWS, TableSketch, sketch

__all__ = ["SAMPLE_ROWS", "ColumnSketch", "DistinctValues", "RowHashes", "RowSample", "TableSketch", "sketch"]
