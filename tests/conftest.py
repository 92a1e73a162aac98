"""How hard Hypothesis tries: quick and repeatable by default, many fresh examples where UNROLLED_FULL is set."""

import os

from hypothesis import settings

settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True)
settings.register_profile("full", max_examples=300, deadline=None)
settings.load_profile("full" if os.environ.get("UNROLLED_FULL") else "quick")
