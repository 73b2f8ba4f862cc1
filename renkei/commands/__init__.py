"""What the `renkei` command can do: one module per part, as its list in cli.py says.

Its lazy door leads to what a part needs seldom, and loads for that alone.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
