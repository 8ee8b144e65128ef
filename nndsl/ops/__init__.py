"""What layers mean: one declarative class for each, a file for a family. A leaf of the package."""
