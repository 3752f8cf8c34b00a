"""Arrays on disk, larger than memory: shards of blocks of whole rows, each block readable and verified by itself.

A folder of the store is written whole or not at all::

    folder/
      manifest.json                    what there is; its own digest, and that of every other file
      train.features/blocks.npy        int64 (blocks, 4): offset, bytes, bytes unpacked and CRC-32
      train.features/00000.npy         a shard; plain rows, which numpy.load reads too
      train.target/00000.lz4           or blocks packed by LZ4 or Zstandard, where that pays

Nothing in it is pickled, so that ``stored_arrays`` may be pointed at a folder of a stranger.
"""

from datafix.store.array_writer import ArrayWriter, block_rows_for, row_bytes
from datafix.store.block_writer import DRAFT
from datafix.store.folder_writer import FolderWriter
from datafix.store.joining_writer import JoiningWriter
from datafix.store.manifest import FORMAT_VERSION, read_manifest
from datafix.store.packing import PLAIN
from datafix.store.reading import stored_array, stored_arrays
from datafix.store.shards import Shards
from datafix.store.sparse_writer import SparseWriter, sparse_row_bytes
from datafix.store.stored_array import StoredArray
from datafix.store.stored_rows import StoredRows
from datafix.store.stored_sparse import StoredSparse
from datafix.store.window_order import WindowOrder

__all__ = [
    "DRAFT",
    "FORMAT_VERSION",
    "PLAIN",
    "ArrayWriter",
    "FolderWriter",
    "JoiningWriter",
    "Shards",
    "SparseWriter",
    "StoredArray",
    "StoredRows",
    "StoredSparse",
    "WindowOrder",
    "block_rows_for",
    "read_manifest",
    "row_bytes",
    "sparse_row_bytes",
    "stored_array",
    "stored_arrays",
]
