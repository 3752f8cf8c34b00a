"""Images as the audit looks at them: figures of their pixels, and what their files are."""

from datafix.images.figures import Figures, figures_of
from datafix.images.image_file import ImageFile, read_image_file
from datafix.images.image_folder import ImageFolder, read_folder
from datafix.images.reducing import reduced

__all__ = ["Figures", "ImageFile", "ImageFolder", "figures_of", "read_folder", "read_image_file", "reduced"]
