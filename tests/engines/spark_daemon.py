"""PySpark's daemon; its workers begin with what datafix imports, and collect no garbage of it after each task."""

import gc
import runpy

import datafix.preprocess  # noqa: F401 (for the workers, which are forked)

if __name__ == "__main__":
    gc.freeze()
    runpy.run_module("pyspark.daemon", run_name="__main__")
