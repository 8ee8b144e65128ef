"""Weights that travel: between Keras, PyTorch and the program's own names. No training, no network.

numpy and the frameworks are loaded when a function needs them.
"""

from nndsl.weights.convert import Kind, Options, Report, convert, load, save
from nndsl.weights.errors import ProgramError, WeightsError
from nndsl.weights.maps import Map, find_map, read_map
from nndsl.weights.program import Program

__all__ = [
    "Kind",
    "Map",
    "Options",
    "Program",
    "ProgramError",
    "Report",
    "WeightsError",
    "convert",
    "find_map",
    "load",
    "read_map",
    "save",
]
