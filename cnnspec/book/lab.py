r"""The lab's own programs, run again: its inputs from its own seeds, drawn in its own order of random numbers.

What the lab prints is in the ledger. Here is what can be computed beside it. The lab sets NumPy's old stream of random
numbers to 42 again and again, and so does each function here.
"""

from __future__ import annotations

import numpy as np

from cnnspec.arguments import Array
from cnnspec.channels import conv2d
from cnnspec.network import flatten, linear, relu, softmax
from cnnspec.pooling import max_pool2d

SEED = 42

SHIFTS = (
    ((0, 16, 2.0), (16, 32, 0.5)),
    ((32, 48, 3.0), (0, 16, -1.0), (56, 64, 2.5)),
    ((48, 56, 2.5), (0, 8, -0.5)),
    ((8, 16, 2.0), (32, 40, 1.5)),
)
"""Step 8: by how much which of the 64 features of each class lie beside zero: benign, ransomware, spyware, adware."""


def colour_maps() -> Array:
    """Step 3: the four maps of a colour picture of random bytes under four random filters, shape (4, 6, 6)."""
    numbers = np.random.RandomState(SEED)
    picture = numbers.randint(0, 256, (8, 8, 3)) / 255
    filters = numbers.standard_normal((4, 3, 3, 3)) * 0.1
    maps: Array = conv2d(picture.transpose(2, 0, 1)[None], filters.transpose(0, 3, 1, 2))[0]
    return maps


def barred_pictures() -> tuple[Array, Array]:
    """Step 5: 200 pictures of noise, shape (200, 1, 16, 16), with two bars whose places are those of their class."""
    numbers = np.random.RandomState(SEED)
    pictures, classes = [], np.repeat(np.arange(4), 50)
    for y in classes:
        picture = numbers.standard_normal((16, 16)) * 0.3
        picture[3 + 2 * y : 5 + 2 * y, 3:13] += 2.0
        picture[3:13, 3 + 2 * y : 5 + 2 * y] += 1.5
        pictures.append(picture)
    order = numbers.permutation(len(classes))
    return np.array(pictures)[order, None], classes[order]


def untrained(x: Array) -> Array:
    """Step 5: what the lab's network says of pictures with the weights that it draws, shape (N, 4).

    The program rectifies the answers of its first dense layer. The lab's description of the network, which `lab_cnn`
    follows, does not mention this.
    """
    numbers = np.random.RandomState(SEED)
    filters = numbers.standard_normal((8, 1, 3, 3)) * np.sqrt(2 / 9)
    first = numbers.standard_normal((392, 64)) * np.sqrt(2 / 392)
    second = numbers.standard_normal((64, 4)) * np.sqrt(2 / 64)
    hidden = relu(linear(flatten(max_pool2d(relu(conv2d(x, filters)), 2)), first.T))
    return softmax(linear(hidden, second.T))


def invented_features() -> tuple[Array, Array]:
    """Step 8: 200 invented features of each class, shape (800, 64), and the classes."""
    numbers = np.random.RandomState(SEED)
    features, classes = [], np.repeat(np.arange(4), 200)
    for shifts in SHIFTS:
        cloud = numbers.standard_normal((200, 64))
        for begin, end, shift in shifts:
            cloud[:, begin:end] += shift
        features.append(cloud)
    order = numbers.permutation(len(classes))
    return np.concatenate(features)[order], classes[order]


def screenshot_scores() -> tuple[float, float]:
    """Step 8: the accuracy on the 160 features that the lab holds out, and its mean over five folds of all."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score, train_test_split
    from sklearn.preprocessing import StandardScaler

    x, y = invented_features()
    train, test = train_test_split(np.arange(len(y)), stratify=y, test_size=0.2, random_state=SEED)
    scaled = StandardScaler().fit(x[train]).transform(x)
    model = LogisticRegression(C=1.0, max_iter=1000)
    held_out = float(np.mean(model.fit(scaled[train], y[train]).predict(scaled[test]) == y[test]))
    return held_out, float(cross_val_score(model, scaled, y, cv=5).mean())
