"""syncd: the file-drop roster synchronisation daemon."""

import os

__version__ = "0.1.0"

# Polars' allocator reads this when polars is first loaded: give freed memory back at once, a daemon lives long.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0")
