"""Missing cells filled with what the training rows hold."""

from datafix.impute.boosted_imputer import BoostedImputer
from datafix.impute.table_imputer import TableImputer

__all__ = ["BoostedImputer", "TableImputer"]
