"""Standard data models by field, and files of municipalities read and written as their entities.

The front door: what the houses above may use. The sub-package `model` is the pure room; one model
is asked for with `model_named`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
