"""Faulty Keras programs after the faults of public questions, each with its mended twin; scores are of test rows."""
