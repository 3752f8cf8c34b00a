"""Tables from disk: CSV with its dialect and encoding found, Parquet, Arrow."""

from datafix.files.any_table import read_table

__all__ = ["read_table"]
