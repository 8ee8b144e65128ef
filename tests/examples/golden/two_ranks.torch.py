"""Speaker: face: [64, 64, 3], voice: [4000, 1] -> [100].

Made by nndsl 0.1.0 from two_ranks.nn: 409,380 trainable parameters, 1,792 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.

BatchNorm keeps torch's unbiased running variance: n / (n - 1) times Keras' where a
batch has n numbers; outputs in training are the same, in evaluation they differ by that
factor.
The exact emission (--exact) has no such difference.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SamePad(nn.Module):
    """Padding that keeps ceil(size / stride) positions; the odd one goes after."""

    def __init__(self, kernel: int, stride: int):
        super().__init__()
        self.kernel = kernel
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        sides = []
        for size in reversed(x.shape[2:]):
            steps = -(-size // self.stride)
            total = max((steps - 1) * self.stride + self.kernel - size, 0)
            sides += [total // 2, total - total // 2]
        return F.pad(x, sides)


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class ConvBN(nn.Module):
    """A convolution with its normalisation, for sequences, images and volumes alike."""

    def __init__(self, in_channels: int, filters: int, kernel: int, stride: int = 1):
        super().__init__()
        self.pad = SamePad(kernel, stride)
        self.conv = nn.Conv2d(in_channels, filters, kernel, stride=stride, bias=False)
        self.batch_norm = nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        x = self.batch_norm(self.conv(self.pad(x)))
        return F.relu(x)


class Stage(nn.Module):
    """Halves every axis but the channels, which it doubles."""

    def __init__(self, in_channels: int, filters: int):
        super().__init__()
        self.conv_bn1 = ConvBN(in_channels, filters, 3, stride=2)
        self.conv_bn2 = ConvBN(filters, filters, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv_bn2(self.conv_bn1(x))


class ConvBN1d(nn.Module):
    """A convolution with its normalisation, for sequences, images and volumes alike."""

    def __init__(self, in_channels: int, filters: int, kernel: int, stride: int = 1):
        super().__init__()
        self.pad = SamePad(kernel, stride)
        self.conv = nn.Conv1d(in_channels, filters, kernel, stride=stride, bias=False)
        self.batch_norm = nn.BatchNorm1d(filters, eps=0.001, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        x = self.batch_norm(self.conv(self.pad(x)))
        return F.relu(x)


class Stage1d(nn.Module):
    """Halves every axis but the channels, which it doubles."""

    def __init__(self, in_channels: int, filters: int):
        super().__init__()
        self.conv_bn1 = ConvBN1d(in_channels, filters, 3, stride=2)
        self.conv_bn2 = ConvBN1d(filters, filters, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv_bn2(self.conv_bn1(x))


class Speaker(nn.Module):
    """Who is speaking? One block looks at the face, in two dimensions, and listens
    to the voice, in one.
    """

    def __init__(self, width: int = 32, depth: int = 3, people: int = 100):
        super().__init__()
        self.stages1 = nn.Sequential()
        channels = 3
        for i in range(depth):
            self.stages1.append(Stage(channels, width * 2**i))
            channels = width * 2**i
        self.stages2 = nn.Sequential()
        channels2 = 1
        for i in range(depth):
            self.stages2.append(Stage1d(channels2, width * 2**i))
            channels2 = width * 2**i
        self.dense = nn.Linear(channels + channels2, people)
        self.apply(init_weights)

    def logits(self, face: Tensor, voice: Tensor) -> Tensor:
        seen = self.stages1(face).mean((2, 3))
        heard = self.stages2(voice.transpose(1, 2)).mean(2)
        return self.dense(torch.cat((seen, heard), dim=1))  # [people]

    def forward(self, face: Tensor, voice: Tensor) -> Tensor:
        return F.softmax(self.logits(face, voice), dim=-1)
