"""A layer and a target of our own for nndsl; `pyproject.toml` announces them."""
