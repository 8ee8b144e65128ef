"""The programs that people see: every example, and a sample of the language by its features."""

from pathlib import Path

ROOT = Path(__file__).parents[2]

SEED = """\
model FashionMLP(classes=10) {
  input image: [28, 28]

  Flatten
  BatchNorm
  Dense(300, elu, init=he_normal)
  Dense(classes, softmax)
}

train {
  data       fashion_mnist
  loss       cross_entropy
  optimizer  sgd(1e-3)
  metrics    accuracy
  batch      32
}
"""

RESNET = """\
block Bottleneck(filters, stride=1, expansion=4) {
  let width = filters * expansion
  add {
    ConvBN(filters, 1) -> ConvBN(filters, 3, stride) -> ConvBN(width, 1, act=none)
    if stride != 1 or channels(input) != width {
      ConvBN(width, 1, stride, act=none)
    } else {
      identity
    }
  }
  relu
}

model ResNet(stages=[3, 4, 6, 3], classes=1000) {
  input image: [224, 224, 3]
  ConvBN(64, 7, stride=2) -> MaxPool(3, stride=2, padding=half)
  for (i, depth) in enumerate(stages) {
    Bottleneck(64 * 2**i, stride=1 if i == 0 else 2)
    repeat depth - 1 { Bottleneck(64 * 2**i) }
  }
  GlobalAvgPool -> Dense(classes)
}

model ResNet50 = ResNet  # torchvision's: no bias in convolutions
model ResNet101 = ResNet(stages=[3, 4, 23, 3])
"""

FEATURES = """\
## All of the language in one file.

nn 1
import "blocks.nn"
from "resnet.nn" import Bottleneck, ConvBN
let norm = BatchNorm(eps=1e-3)

model Seq2Seq(src=8000, tgt=8000, dim=256) {
  input source: int[?S <= 512]
  input reply: int[?T]
  input image: [C=3, H=32 * ?h, W=224]
  input t: int
  real = source != 0
  memory, last = source -> Embedding(src, dim) -> LSTM(dim, state=true, mask=real)
  h, _ = last
  let h, w, c = shape(_)
  let (i, j) = (1, 2)
  let ch(c) = round_to(c * width, 8)
  shared wte = Embedding(vocab, dim)
  shared frozen_tower = frozen Tower(64)
  weight cls: [1, dim] = zeros
  frozen weight pos: [shape(_)[0], dim] = normal(0.02)
  (tokens -> wte) + (positions(tokens) -> Embedding(context, dim)) -> Dropout(drop)
  concat(cls, _, axis=0) -> shape[?T, 768]
  _ + pos -> 0.17 * _
  frozen Body -> frozen { Dense(3); relu }
  for w in reversed(widths) { ConvTranspose(w, 2) -> concat(pop(skips), s[-1], s[1:]) }
  push skips
  push skips = memory
  loss kl = -0.5 * sum(1 + logvar - mu**2 - exp(logvar))
  let rows = [(MBConv, r, 'a "b"') for r, n in zip(rates, ns) if n > 1 and not r in skip]
  Dense(sum(n * 2 for n in ns), kernel=transpose(bert.words.table))
  SelfAttention(12, query=LoRA(rank=8) -> relu)
  if a { b } else if c == 1 { d } else { e }
  Dense(300, elu)
    -> BatchNorm  # joined
    -> relu
  add { identity; Conv(3, same) -> relu }; relu
  output
  output Dense(3)
  output logits = wte.transposed
}

train Seq2Seq {
  loss boxes = smooth_l1
  metrics accuracy top_k(5)
  patience -1
  crop [32, 32], -1
  shuffle
  step critic { optimizer adam(2e-4) of d }
}
"""

PROGRAMS = {
    "seed": SEED,
    "resnet": RESNET,
    "features": FEATURES,
    **{
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "examples").glob("**/*.nn"))
    },
}
