r"""A name in the zoo: which family makes it, from which numbers, and who described it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cnnspec.zoo.graph import Architecture, Tensor, image
from cnnspec.zoo.operation import Shape
from cnnspec.zoo.smallest import smallest_input

Family = Callable[..., Tensor]


@dataclass(frozen=True)
class Entry:
    """One architecture of the zoo, not built yet.

    Attributes:
        name: Its name: torchvision's builder name, `keras/NAME` or `paper/NAME`.
        family: The module of its family.
        year: The year of publication.
        source: The paper that describes it.
        builder: The family function: from an image, the number of classes and options to the output.
        options: The numbers that make this member of the family.
        input: Channels, rows and columns of the picture it was made for.
        classes: Classes it was made for.
    """

    name: str
    family: str
    year: int
    source: str
    builder: Family
    options: Mapping[str, object] = field(default_factory=dict)
    input: Shape = (3, 224, 224)
    classes: int = 1000

    def build(self, input: Shape | None = None, classes: int | None = None, **options: object) -> Architecture:
        """Write the architecture down.

        Args:
            input: Channels, rows and columns of the picture; None means those it was made for.
            classes: Number of classes, likewise.
            **options: Options of the family function that are to differ.

        Raises:
            ValueError: If the picture is too small or something does not fit; the sentence names the layer.
        """
        shape = self.input if input is None else tuple(input)
        if len(shape) != 3 or any(not isinstance(n, int) or n < 1 for n in shape):
            raise ValueError(f"input must be (channels, rows, columns), each at least 1, but {input!r} came.")
        count = self.classes if classes is None else classes
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"classes must be a whole number of at least 1, but {classes!r} came.")
        chosen = {**self.options, **options}
        try:
            return self._built(shape, count, chosen)
        except ValueError as error:
            least = None if shape == self.input else smallest_input(self._built(self.input, count, chosen))
            if least is None or min(shape[1:]) >= least:
                raise ValueError(f"{self.name}: {error}") from None
            raise ValueError(
                f"input of {self.name} must be at least {least}x{least}, but {shape[1]}x{shape[2]} came:"
                f" {str(error).rstrip('.')}."
            ) from None

    def _built(self, shape: Shape, classes: int, options: dict[str, object]) -> Architecture:
        return Architecture(self.name, self.builder(image(*shape), classes=classes, **options))
