"""Tables and images from disk: CSV with its dialect and encoding found, Parquet, Arrow, folders of images."""

from datafix.reading.images import IMAGE_SUFFIXES, image_paths, read_images
from datafix.reading.tables import ARROW, read_table, read_text

__all__ = ["ARROW", "IMAGE_SUFFIXES", "image_paths", "read_images", "read_table", "read_text"]
