"""VAE: image: [28, 28, 1] -> picture: [28, 28, 1].

Made by nndsl 0.1.0 from vae.nn: 134,165 trainable parameters, 0 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class VAE(nn.Module):
    """A variational autoencoder for 28 × 28 pictures (Kingma and Welling 2013), with
    Keras' sizes.
    """

    def __init__(self, latent: int = 2, width: int = 32):
        super().__init__()
        self.losses: list[Tensor] = []
        self.conv1 = nn.Conv2d(1, width, 3, stride=2)
        self.conv2 = nn.Conv2d(width, 2 * width, 3, stride=2)
        self.dense1 = nn.Linear(98 * width, 16)
        self.mu = nn.Linear(16, latent)
        self.logvar = nn.Linear(16, latent)
        self.dense2 = nn.Linear(latent, 98 * width)
        self.reshape = nn.Unflatten(1, (7, 7, 2 * width))
        self.conv_transpose1 = nn.ConvTranspose2d(2 * width, 2 * width, 3, stride=2)
        self.conv_transpose2 = nn.ConvTranspose2d(2 * width, width, 3, stride=2)
        self.picture = nn.ConvTranspose2d(width, 1, 3, padding=1)
        self.apply(init_weights)

    def logits(self, image: Tensor) -> Tensor:
        self.losses.clear()
        x = F.relu(self.conv1(F.pad(image, (0, 1, 0, 1))))  # [width, 14, 14]
        x = F.relu(self.conv2(F.pad(x, (0, 1, 0, 1))))  # [2 * width, 7, 7]
        x = F.relu(self.dense1(x.permute(0, 2, 3, 1).flatten(1)))  # [16]
        mu = self.mu(x)  # [latent]
        logvar = self.logvar(x)
        x = (1 + logvar - mu**2 - torch.exp(logvar)).sum(1)
        self.losses.append((-0.5 * x).mean())
        x = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
        x = F.relu(self.dense2(x))  # [98 * width]
        x = self.conv_transpose1(self.reshape(x).permute(0, 3, 1, 2))
        x = self.conv_transpose2(F.relu(x[:, :, :-1, :-1]))
        return self.picture(F.relu(x[:, :, :-1, :-1]))

    def forward(self, image: Tensor) -> Tensor:
        return torch.sigmoid(self.logits(image))

    def extra_losses(self) -> Tensor:
        """The sum of the loss terms of the last run, each a mean over the batch."""
        return sum(self.losses)
