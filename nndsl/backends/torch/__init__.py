"""The torch target: how PyTorch spells each layer, and how classes are laid out."""

from nndsl.backends.torch.target import TARGET

__all__ = ("TARGET",)
