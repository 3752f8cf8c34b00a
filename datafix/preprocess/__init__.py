"""A mixed frame cleaned, imputed, scaled and encoded in one estimator."""

from datafix.preprocess.table_preprocessor import TablePreprocessor

__all__ = ["TablePreprocessor"]
