r"""Vision Transformer: a picture as a sequence of patches.

A convolution whose stride is its kernel turns each patch into a token; a class token is put in front and a
learnt position added to each. Then come encoder blocks: attention, in which every token looks at every other,
and a two-layer network for each token by itself, both added to what came in. The class token is classified.

It is said to have no convolutions: its first layer is one. The position embedding ties it to one picture size.

Source:
    Dosovitskiy et al. (2021), An Image is Worth 16x16 Words, table 1 and figure 1.
"""

from __future__ import annotations

from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    activation,
    add,
    attention,
    concat,
    conv,
    layer_norm,
    linear,
    parameter,
    token,
    tokens,
)


def vit(
    x: Tensor,
    *,
    classes: int = 1000,
    patch: int = 16,
    layers: int = 12,
    heads: int = 12,
    width: int = 768,
    hidden: int = 3072,
    pre_logits: int = 0,
) -> Tensor:
    """Cut the picture into patches and stack encoder blocks.

    Args:
        x: An image whose rows and columns are multiples of `patch`.
        classes: Number of classes.
        patch: Rows and columns of a patch.
        layers: Encoder blocks.
        heads: Heads of each attention.
        width: Features of a token.
        hidden: Features in the middle of the two-layer network.
        pre_logits: Features of a layer before the last one, as in pre-training; 0 for none.

    Raises:
        ValueError: If the picture is no whole number of patches.
    """
    _, rows, columns = x.shape
    if rows % patch or columns % patch:
        raise ValueError(f"input must be a whole number of patches of {patch}x{patch}, but {rows}x{columns} came.")
    x = tokens(conv(x, "conv_proj", width, patch, stride=patch))
    x = concat(parameter(x, "class_token", (1, width), batched=True), x)
    x = add(x, parameter(x, "encoder.pos_embedding", x.shape, batched=True))
    for i in range(layers):
        x = encoder_block(x, f"encoder.layers.encoder_layer_{i}", heads, hidden)
    x = token(layer_norm(x, "encoder.ln"), 0)
    if pre_logits:
        x = activation(linear(x, "heads.pre_logits", pre_logits), "tanh")
    return linear(x, "heads.head", classes)


def encoder_block(x: Tensor, name: str, heads: int, hidden: int) -> Tensor:
    """Attention over all tokens, then two layers for each token; both added to what came in."""
    width = x.shape[1]
    y = layer_norm(x, f"{name}.ln_1")
    y = linear(y, f"{name}.self_attention", 3 * width, keys=("in_proj_weight", "in_proj_bias"))
    y = linear(attention(y, heads), f"{name}.self_attention.out_proj", width)
    x = add(y, x)
    y = activation(linear(layer_norm(x, f"{name}.ln_2"), f"{name}.mlp.0", hidden), "gelu")
    return add(x, linear(y, f"{name}.mlp.3", width))


SOURCE = "Dosovitskiy et al. (2021), An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale"
BASE: dict[str, object] = {"layers": 12, "heads": 12, "width": 768, "hidden": 3072}
LARGE: dict[str, object] = {"layers": 24, "heads": 16, "width": 1024, "hidden": 4096}
HUGE: dict[str, object] = {"layers": 32, "heads": 16, "width": 1280, "hidden": 5120}
LARGER = (3, 384, 384)

ENTRIES = [
    Entry("vit_b_16", "vit", 2021, SOURCE, vit, BASE | {"patch": 16}),
    Entry("vit_b_32", "vit", 2021, SOURCE, vit, BASE | {"patch": 32}),
    Entry("vit_l_16", "vit", 2021, SOURCE, vit, LARGE | {"patch": 16}),
    Entry("vit_l_32", "vit", 2021, SOURCE, vit, LARGE | {"patch": 32}),
    Entry("vit_h_14", "vit", 2021, SOURCE, vit, HUGE | {"patch": 14}),
    Entry("paper/vit_b_16_own_manual_attention", "vit", 2021, SOURCE, vit, BASE | {"patch": 16}),
    Entry("paper/vit_b_16_own_with_pre_logits", "vit", 2021, SOURCE, vit, BASE | {"patch": 16, "pre_logits": 768}),
    Entry("paper/vit_b_16_own_384", "vit", 2021, SOURCE, vit, BASE | {"patch": 16}, LARGER),
]
