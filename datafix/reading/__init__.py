"""Tables and images from disk."""

from datafix.reading.images import image_paths, read_images
from datafix.reading.tables import read_table

__all__ = ["image_paths", "read_images", "read_table"]
