"""What the `train` section means, and the training scripts that say it, for both targets."""
