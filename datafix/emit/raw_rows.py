"""Raw rows as matrices, which the exported Keras graph turns into features batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from datafix.columns import as_frame, take
from datafix.emit.described import input_schema
from datafix.emit.inputs import inputs_of, names_by_dtype, refuse_absent, side_by_side
from datafix.emit.keras_graph import to_keras
from datafix.emit.raw_columns import parsed_by
from datafix.errors import ParameterError

_WHO = 'to_tf_data(transform="graph")'


class RawRows:
    """The raw table of a Prepared, and the graph that prepares it.

    Parameters
    ----------
    prepared : Prepared
    X : frame, array or None
        The whole table that was prepared; None where the split keeps it.

    Attributes
    ----------
    model : keras.Model
        What ``to_keras(prepared)`` gives.
    """

    def __init__(self, prepared: Any, X: Any) -> None:
        if keras.backend.backend() != "tensorflow":
            raise ParameterError(
                f"{_WHO} runs a Keras model inside tf.data, which needs Keras' tensorflow backend, got "
                f'{keras.backend.backend()!r}. Use transform="done".'
            )
        self.X = prepared.split.X if X is None else X
        if self.X is None:
            raise ParameterError(f"{_WHO} needs the table that was prepared: to_tf_data(prepared, X=table, ...).")
        self.prepared = prepared
        self.model = to_keras(prepared)
        self._taken = {said["column"]: said["kind"] for said in input_schema(self.model)}
        self._groups = names_by_dtype(self._taken)

    def matrices(self, index: np.ndarray) -> dict[str, np.ndarray]:
        """Return one matrix a dtype of the rows at these positions of the table.

        Raises
        ------
        ParameterError
            If a row is none of the table, for a row step made it.
        """
        index = np.asarray(index)
        if made := int(np.count_nonzero(index < 0)):
            raise ParameterError(
                f'{_WHO} needs rows of the table, and a row step made {made} that are not in it. Use transform="done".'
            )
        if len(index) and index.max() >= len(self.X):
            raise ParameterError(f"{_WHO} needs the table that was prepared, got one of {len(self.X)} rows.")
        frame = parsed_by(as_frame(take(self.X, index), who=_WHO), self.prepared)
        refuse_absent(frame, self._taken, who=_WHO)
        return {dtype: side_by_side(frame, names, self._taken) for dtype, names in self._groups.items()}

    @property
    def features(self) -> Callable[[dict[str, tf.Tensor]], tf.Tensor]:
        """The function from a batch of such matrices to features."""
        return lambda matrices: self.model(inputs_of(matrices, self._groups))
