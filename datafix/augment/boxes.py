"""Boxes that follow the images."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

BOX_FORMATS = ("xyxy", "yxyx", "xywh", "center_xywh", "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh")


def moved_boxes(
    boxes: tf.Tensor, matrices: tf.Tensor, before: tuple[Any, Any], after: tuple[Any, Any], box_format: str
) -> tf.Tensor:
    """Return upright boxes round the moved ones, cut to the image; -1 where nothing is left of a box.

    Parameters
    ----------
    boxes : tensor of shape (rows, boxes, 4)
        Edges of pixels: an image of width w reaches from 0 to w.
    matrices : float32 tensor of shape (rows, 3, 3)
        From centred positions of the result to those of the image before.
    before, after : (height, width)
    """
    edges = _edges(tf.cast(boxes, tf.float32), before, box_format)
    known = (edges[..., 2] > edges[..., 0]) & (edges[..., 3] > edges[..., 1])
    corners = tf.stack([tf.gather(edges, pair, axis=-1) for pair in ((0, 1), (2, 1), (0, 3), (2, 3))], axis=2)
    moved = _points(corners, tf.linalg.inv(matrices), before, after)
    limit = tf.stack([after[1], after[0]])
    low = tf.clip_by_value(tf.reduce_min(moved, axis=2), 0.0, limit)
    high = tf.clip_by_value(tf.reduce_max(moved, axis=2), 0.0, limit)
    known &= tf.reduce_all(high > low, axis=-1)
    upright = _written(tf.concat([low, high], axis=-1), after, box_format)
    upright = tf.where(known[..., None], upright, -1.0)
    return tf.cast(tf.round(upright) if boxes.dtype.is_integer else upright, boxes.dtype)


def _points(corners: tf.Tensor, matrices: tf.Tensor, before: Any, after: Any) -> tf.Tensor:
    centred = corners - tf.stack([before[1], before[0]]) / 2.0
    moved = tf.einsum("rij,rbcj->rbci", matrices[:, :2, :2], centred) + matrices[:, None, None, :2, 2]
    return moved + tf.stack([after[1], after[0]]) / 2.0


def _edges(boxes: tf.Tensor, size: Any, box_format: str) -> tf.Tensor:
    first, second = boxes[..., :2], boxes[..., 2:]
    if box_format.endswith("yxyx"):
        first, second = first[..., ::-1], second[..., ::-1]
    if box_format.endswith("center_xywh"):
        first, second = first - second / 2.0, first + second / 2.0
    elif box_format.endswith("xywh"):
        second = first + second
    edges = tf.concat([first, second], axis=-1)
    return edges * _four(size) if box_format.startswith("rel_") else edges


def _written(edges: tf.Tensor, size: Any, box_format: str) -> tf.Tensor:
    if box_format.startswith("rel_"):
        edges /= _four(size)
    first, second = edges[..., :2], edges[..., 2:]
    if box_format.endswith("yxyx"):
        first, second = first[..., ::-1], second[..., ::-1]
    if box_format.endswith("center_xywh"):
        first, second = (first + second) / 2.0, second - first
    elif box_format.endswith("xywh"):
        second -= first
    return tf.concat([first, second], axis=-1)


def _four(size: Any) -> tf.Tensor:
    return tf.stack([size[1], size[0], size[1], size[0]])
