"""The version, in the one place where the package, the wheel and the emitted headers read it."""

__version__ = "0.1.0"
