"""Questions that are asked before training: one file a question, and their registry."""

from typing import Any

from datafix.diagnosis.before.activations import Activations
from datafix.diagnosis.before.batches import Batches
from datafix.diagnosis.before.forward_pass import ForwardPass
from datafix.diagnosis.before.frozen_layers import FrozenLayers
from datafix.diagnosis.before.gradients import Gradients
from datafix.diagnosis.before.head_and_loss import HeadAndLoss
from datafix.diagnosis.before.initial_weights import InitialWeights
from datafix.diagnosis.before.input_scale import InputScale
from datafix.diagnosis.before.input_shape import InputShape
from datafix.diagnosis.before.input_values import InputValues
from datafix.diagnosis.before.label_values import LabelValues
from datafix.diagnosis.before.learning_rate import LearningRate
from datafix.diagnosis.before.loss_value import LossValue
from datafix.diagnosis.before.metrics import Metrics
from datafix.diagnosis.before.network_kind import NetworkKind
from datafix.diagnosis.before.one_batch import OneBatch
from datafix.diagnosis.before.penalties import Penalties
from datafix.diagnosis.before.row_order import RowOrder
from datafix.diagnosis.before.sample_weights import SampleWeights
from datafix.diagnosis.before.steady_outputs import SteadyOutputs
from datafix.diagnosis.before.target_sentinels import TargetSentinels
from datafix.diagnosis.before.unrelated_labels import UnrelatedLabels
from datafix.diagnosis.before.wrapped_integers import WrappedIntegers
from datafix.diagnosis.question import Question

BEFORE: tuple[Question[Any], ...] = (
    InputShape(),
    InputValues(),
    ForwardPass(),
    WrappedIntegers(),
    LabelValues(),
    TargetSentinels(),
    HeadAndLoss(),
    LossValue(),
    Penalties(),
    InitialWeights(),
    FrozenLayers(),
    InputScale(),
    Activations(),
    SampleWeights(),
    RowOrder(),
    Batches(),
    Metrics(),
    NetworkKind(),
    SteadyOutputs(),
    Gradients(),
    LearningRate(),
    UnrelatedLabels(),
    OneBatch(),
)
"""Every question of ``check_model``, in the order in which it asks."""
