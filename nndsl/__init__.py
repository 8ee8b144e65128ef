"""nndsl: a compiler for neural networks."""

from nndsl._version import __version__

__all__ = ["__version__"]
