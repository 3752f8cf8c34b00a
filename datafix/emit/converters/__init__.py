"""How each fitted step is written as Keras operations: one function a step.

A converter is called as ``converter(step, columns, who)`` and returns the step's output
columns; one that holds other steps gets ``convert`` as well. A new step is one function and
one line in `registry.py`.
"""
