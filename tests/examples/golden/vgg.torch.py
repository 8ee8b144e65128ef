"""VGG: image: [3, 224, 224] -> [1000].

Made by nndsl 0.1.0 from vgg.nn: 138,357,544 trainable parameters, 0 others.
Images are (batch, channels, height, width); shapes here are the file's, without a
batch.
"""

from collections.abc import Sequence

from torch import Tensor, nn

WIDTHS = (64, 128, 256, 512, 512)


def init_weights(module: nn.Module) -> None:
    """Starts the weights of one layer: Glorot-uniform kernels and zero biases."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class VGG(nn.Module):
    """A VGG network (Simonyan and Zisserman 2014): 3 × 3 convolutions, poolings,
    three dense layers.
    """

    def __init__(
        self,
        depths: Sequence[int] = (2, 2, 3, 3, 3),
        hidden: int = 4096,
        size: int = 224,
        classes: int = 1000,
    ):
        super().__init__()
        self.stages = nn.Sequential()
        h = 3
        w = size
        channels = size
        for depth, width in zip(depths, WIDTHS):
            convs = nn.Sequential()
            h2 = h
            for _ in range(depth):
                convs.append(
                    nn.Sequential(nn.Conv2d(h2, width, 3, padding=1), nn.ReLU())
                )
                h2 = width
            self.stages.append(nn.Sequential(convs, nn.MaxPool2d(2)))
            h = h2
            w //= 2
            channels //= 2
        self.layers = nn.Sequential(
            nn.Linear(h * w * channels, hidden),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(0.5),
        )
        self.dense = nn.Linear(hidden, classes)
        self.apply(init_weights)

    def forward(self, image: Tensor) -> Tensor:
        x = self.layers(self.stages(image).flatten(1))  # [hidden]
        return self.dense(x)  # [classes]
