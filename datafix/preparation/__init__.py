"""The one place where anything is fitted: on the training rows."""

from datafix.preparation.lazy_prepared import LazyPrepared
from datafix.preparation.making import prepare
from datafix.preparation.prepared import Part, Prepared
from datafix.preparation.repairs import pipeline_changes
from datafix.preparation.storage import load

__all__ = ["LazyPrepared", "Part", "Prepared", "load", "pipeline_changes", "prepare"]
