"""What an exported model says of its inputs, inside the model, where Keras alone can read it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import keras
from keras import ops

from datafix.emit.symbols import DTYPES, Column, Number, Source, as_number, input_name
from datafix.errors import ParameterError

_LAYER = "schema"
_MISSING = {"float64": "NaN", "string": '""', "int64": "-9223372036854775808"}
_UNITS = {"boolean": "0 or 1", "time": "seconds since 1970-01-01 UTC"}


def input_schema(model: keras.Model) -> list[dict[str, str]]:
    """Return what each input of a model from ``to_keras`` or ``with_preprocessing`` takes.

    Where datafix is not installed, ``model.get_layer("schema").get_vocabulary()`` gives the
    same, as one JSON text an input; ``model.export`` gives name, type and shape alone, in the signature.

    Returns
    -------
    schema : list of dict of str
        ``column`` as it was called at fit, ``input`` as the model calls it, ``kind``, ``dtype``,
        ``missing`` (what stands for a missing value), where the kind does not say it ``unit``,
        and ``before_serving``: what to do to the raw column first.

    Raises
    ------
    ParameterError
        If the model has no schema: it is none of datafix's.

    Examples
    --------
    >>> import pandas as pd
    >>> from datafix import TablePreprocessor
    >>> from datafix.emit import input_schema, to_keras
    >>> model = to_keras(TablePreprocessor().fit(pd.DataFrame({"price": ["$1,200", "$80", "$9.50"]})))
    >>> input_schema(model)[0]["before_serving"]
    'parse price before serving: text in training, here the number that it spells'
    """
    if _LAYER not in {layer.name for layer in model.layers}:
        raise ParameterError(
            f"input_schema needs a model from to_keras or with_preprocessing, got {model.name!r}, "
            f"which has no layer {_LAYER!r}."
        )
    return [json.loads(str(text)) for text in model.get_layer(_LAYER).get_vocabulary()]


def carry_schema(columns: Sequence[Column], sources: Sequence[Source], who: str) -> list[Column]:
    """Return the output columns as they are, from a graph that holds the schema of its inputs.

    A layer is saved only where the output depends on it, so that its zero is added to the
    narrowest matrix of the output.
    """
    layer = keras.layers.StringLookup(
        vocabulary=[json.dumps(_described(source), ensure_ascii=False) for source in sources],
        invert=True,
        num_oov_indices=0,
        mask_token=None,
        name=_LAYER,
    )
    read = [as_number(column, who) for column in columns]
    narrow = min((column.matrix for column in read), key=lambda matrix: matrix.shape[1])
    first = layer(ops.cast(ops.zeros_like(ops.sum(narrow)), "int64"))
    same = narrow + ops.cast(ops.equal(first, ""), narrow.dtype)
    return [Number(same, column.at) if column.matrix is narrow else column for column in read]


def _described(source: Source) -> dict[str, str]:
    kind = source.kind or "number"
    dtype = DTYPES[kind]
    said = {"column": source.name, "input": input_name(source.name), "kind": kind, "dtype": dtype}
    said["missing"] = _MISSING[dtype]
    if kind in _UNITS:
        said["unit"] = _UNITS[kind]
    if source.parsed:
        markers = f"; {', '.join(map(repr, source.markers))} made missing first" if source.markers else ""
        said["before_serving"] = (
            f"parse {source.name} before serving: text in training, here the {kind} that it spells{markers}"
        )
    return said
