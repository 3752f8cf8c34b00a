"""The registry of questions."""

from __future__ import annotations

from datafix.diagnosis.head_and_loss import HeadAndLoss
from datafix.diagnosis.input_scale import InputScale
from datafix.diagnosis.input_shape import InputShape

QUESTIONS = (InputShape(), InputScale(), HeadAndLoss())
"""Every question of ``check_model``, in the order in which it asks."""
