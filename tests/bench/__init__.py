"""Ours beside its peer: `make bench`, or `make bench CASE=name`. A case is a function under `@case`, see harness.py."""

import os

# One thread on both sides; read when NumPy and torch are first imported.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(name, "1")
