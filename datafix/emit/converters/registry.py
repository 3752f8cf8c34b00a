"""Which converter writes which step. The type must match exactly: a subclass may compute otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 (scikit-learn asks for it)
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from datafix.clean import CategoryCleaner, SentinelCleaner, TypeCleaner
from datafix.emit.converters import chained, composing, encoding, imputing, neighbours, own_steps, projecting, scaling
from datafix.emit.symbols import Column
from datafix.encode import CategoryEncoder, DatetimeEncoder
from datafix.errors import NotExportableError
from datafix.impute import TableImputer
from datafix.preprocess import TablePreprocessor
from datafix.scale import QuantileClipper, TableScaler

CONVERTERS: dict[type, Callable[[Any, list[Column], str], list[Column]]] = {
    Binarizer: scaling.binarizer,
    CategoryCleaner: own_steps.category_cleaner,
    CategoryEncoder: own_steps.category_encoder,
    DatetimeEncoder: own_steps.datetime_encoder,
    FunctionTransformer: composing.function,
    IterativeImputer: chained.iterative_imputer,
    KBinsDiscretizer: projecting.k_bins,
    KNNImputer: neighbours.knn_imputer,
    MaxAbsScaler: scaling.max_abs,
    MinMaxScaler: scaling.min_max,
    MissingIndicator: imputing.missing_indicator,
    Normalizer: scaling.normalizer,
    OneHotEncoder: encoding.one_hot,
    OrdinalEncoder: encoding.ordinal,
    PCA: projecting.pca,
    PowerTransformer: scaling.power,
    QuantileClipper: own_steps.quantile_clipper,
    QuantileTransformer: scaling.quantile,
    RobustScaler: scaling.robust,
    SentinelCleaner: own_steps.sentinel_cleaner,
    SimpleImputer: imputing.simple_imputer,
    StandardScaler: scaling.standard,
    TableImputer: own_steps.table_imputer,
    TargetEncoder: encoding.target,
    TypeCleaner: own_steps.type_cleaner,
}

_ADVICE = {
    "BoostedImputer": "Its trees would be approximated: use TableImputer, or IterativeImputer(BayesianRidge()).",
}
"""What to use instead of steps that can have no converter, by class name."""

HOLDERS: dict[type, Callable[..., list[Column]]] = {
    ColumnTransformer: composing.column_transformer,
    FeatureUnion: composing.feature_union,
    Pipeline: composing.pipeline,
    TablePreprocessor: own_steps.table_preprocessor,
    TableScaler: own_steps.table_scaler,
}


def convert(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Return what a fitted step makes of the columns.

    Raises
    ------
    NotExportableError
        If the step, or one inside it, has no exact form in Keras.
    """
    if step is None or (isinstance(step, str) and step == "passthrough"):
        return columns
    who = f"{who} ({type(step).__name__})"
    if holder := HOLDERS.get(type(step)):
        return holder(step, columns, who, convert)
    if converter := CONVERTERS.get(type(step)):
        return converter(step, columns, who)
    if advice := _ADVICE.get(type(step).__name__):
        raise NotExportableError(f"{who} has no exact form in Keras. {advice}")
    raise NotExportableError(
        f"{who} has no exact form in Keras. These have: "
        f"{', '.join(sorted(known.__name__ for known in (*CONVERTERS, *HOLDERS)))}. "
        "Replace the step, or run it before the model and export the steps that follow it."
    )
