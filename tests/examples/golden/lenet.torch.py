"""LeNet: image: [28, 28, 1] -> [10].

Made by nndsl 0.1.0 from lenet.nn: 61,706 trainable parameters, 0 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class LeNet(nn.Module):
    """LeNet-5 (LeCun et al. 1998) as it is taught today: plain pools, tanh, all
    channels connected.
    """

    def __init__(self, classes: int = 10):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.dense1 = nn.Linear(400, 120)
        self.dense2 = nn.Linear(120, 84)
        self.dense3 = nn.Linear(84, classes)
        self.apply(init_weights)

    def logits(self, image: Tensor) -> Tensor:
        x = torch.tanh(self.conv1(image))  # [6, 28, 28]
        x = torch.tanh(self.conv2(F.avg_pool2d(x, 2)))  # [16, 10, 10]
        x = F.avg_pool2d(x, 2).permute(0, 2, 3, 1).flatten(1)  # [400]
        x = torch.tanh(self.dense1(x))  # [120]
        x = torch.tanh(self.dense2(x))  # [84]
        return self.dense3(x)  # [classes]

    def forward(self, image: Tensor) -> Tensor:
        return F.softmax(self.logits(image), dim=-1)
