"""The API catalog: which APIs and data sets the platform publishes.

The front door: what the houses above may use.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
