"""Numbers to other numbers: bins and principal components."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from datafix.emit.converters.rounding import tell_of_rounding
from datafix.emit.lookups import rank
from datafix.emit.symbols import Column, constant, matrix_of, numbers


def k_bins(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write KBinsDiscretizer; what is missing, which it refuses, has no bin: NaN, or zeros as one-hot."""
    x = matrix_of(columns, who)
    longest = max(int(n_bins) for n_bins in step.n_bins_) - 1
    inner = np.full((longest, len(columns)), np.inf)
    for at, edges in enumerate(step.bin_edges_):
        inner[: len(edges) - 2, at] = edges[1:-1]
    # A value of infinity must not pass the padding.
    bins = ops.minimum(rank(x, inner), np.array([int(n) - 1 for n in step.n_bins_], dtype=np.int32)[None, :])
    if step.encode == "ordinal":
        return numbers(ops.where(ops.isnan(x), constant(np.nan), ops.cast(bins, "float64")))
    bins = ops.where(ops.isnan(x), np.int32(-1), bins)
    parts = [ops.one_hot(bins[:, at], int(n), dtype="float64") for at, n in enumerate(step.n_bins_)]
    return numbers(parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=1))


def pca(step: Any, columns: list[Column], who: str) -> list[Column]:
    """Write PCA, which centres after the projection."""
    components = np.asarray(step.components_, dtype=np.float64)
    spread = np.sqrt(np.asarray(step.explained_variance_, dtype=np.float64))
    tell_of_rounding(np.abs(components) @ np.abs(step.mean_), spread if step.whiten else 1.0, columns, who)
    centre = np.asarray(step.mean_, dtype=np.float64).reshape(1, -1) @ components.T
    projected = ops.matmul(matrix_of(columns, who), components.T) - centre
    if step.whiten:
        projected = projected / np.maximum(spread, np.finfo(step.explained_variance_.dtype).eps)
    return numbers(projected)
