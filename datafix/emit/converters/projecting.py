"""Numbers to other numbers: bins and principal components."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from datafix.emit.symbols import Column, matrix_of, numbers, rank


def k_bins(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write KBinsDiscretizer, as one-hot or ordinal."""
    x = matrix_of(columns, who)
    made: list[Column] = []
    for at, edges in enumerate(step.bin_edges_):
        inner = np.asarray(edges[1:-1], dtype=np.float64)
        value = x[:, at : at + 1]
        code = rank(value, inner[:, None]) if len(inner) else ops.cast(ops.zeros_like(value), "int32")
        if step.encode == "ordinal":
            made += numbers(ops.cast(code, "float64"))
        else:
            made += numbers(ops.one_hot(ops.squeeze(code, 1), int(step.n_bins_[at]), dtype="float64"))
    return made


def pca(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write PCA, whitened or not."""
    projected = ops.matmul(matrix_of(columns, who), step.components_.T) - step.mean_ @ step.components_.T
    if step.whiten:
        scale = np.sqrt(step.explained_variance_)
        projected = projected / np.maximum(scale, np.finfo(scale.dtype).eps)
    return numbers(projected)
