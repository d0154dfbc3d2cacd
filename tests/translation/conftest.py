"""Property tests here are about what is true, not how fast: a busy machine must not fail them."""

from hypothesis import settings

settings.register_profile("translation", deadline=None)
settings.load_profile("translation")
