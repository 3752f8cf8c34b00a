"""An exported model as a quick function of frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from datafix.columns import as_frame
from datafix.emit.described import input_schema
from datafix.emit.inputs import inputs_of, names_by_dtype, refuse_absent, side_by_side
from datafix.emit.raw_columns import parsed_by


def row_function(model: keras.Model, parser: Any = None) -> Callable[[Any], np.ndarray]:
    """Return a function from frames to what the model makes of them: the quick way to serve few rows from Python.

    It is traced once, for any number of rows, and takes one matrix a type instead of one
    tensor a column, which is where Keras spends most of the time of a small batch.

    Parameters
    ----------
    model : keras.Model
        From ``to_keras`` or ``with_preprocessing``, of one output.
    parser : Prepared or fitted pipeline, optional
        Parses the columns of text that it parsed at fit. None: they come parsed, as the model takes them.

    Returns
    -------
    function : callable
        From a frame to an ndarray of shape (rows, outputs). Raises TableError, naming the column,
        where one is absent or of another type.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> from datafix.emit import row_function, to_keras
    >>> X = np.array([[1.0], [3.0]])
    >>> function = row_function(to_keras(StandardScaler().fit(X)))
    >>> function(np.array([[5.0]])).tolist()
    [[3.0]]
    """
    taken = {said["column"]: said["kind"] for said in input_schema(model)}
    groups = names_by_dtype(taken)
    run = _traced(model, groups)

    def function(X: Any) -> np.ndarray:
        frame = parsed_by(as_frame(X, who="row_function"), parser)
        refuse_absent(frame, taken, who="row_function")
        matrices = [tf.constant(side_by_side(frame, names, taken), dtype) for dtype, names in groups.items()]
        return run(*matrices).numpy()

    return function


def _traced(model: keras.Model, groups: dict[str, list[str]]) -> Any:
    def run(*matrices: Any) -> Any:
        return model(inputs_of(dict(zip(groups, matrices, strict=True)), groups))

    signature = [tf.TensorSpec((None, len(names)), dtype) for dtype, names in groups.items()]
    return tf.function(run, input_signature=signature).get_concrete_function()
