from .data_position import DataPosition
from .dataset import make_dataset
from .described import input_schema
from .image_files import make_image_dataset
from .inputs import keras_inputs
from .keras_graph import to_keras
from .service import service_dataset
from .serving import with_preprocessing
from .serving_rows import row_function
from .tf_data import to_tf_data

__all__ = [
    "DataPosition",
    "input_schema",
    "keras_inputs",
    "make_dataset",
    "make_image_dataset",
    "row_function",
    "service_dataset",
    "to_keras",
    "to_tf_data",
    "with_preprocessing",
]
