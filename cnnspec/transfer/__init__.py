r"""Step 8: transfer. A network that learned from photographs, frozen, and a linear classifier on what it sees.

- `screenshots`: drawn desktops of four classes, from a seed.
- `pickles`, `checkpoint`: the pretrained weights, read without trusting the file they are in.
- `lite`, `features`: EfficientNet-Lite0 as a source of features; the features of all screenshots, kept in a file.
- `backbone`, `probe`, `splits`, `metrics`: the definitions that the laws are about.
- `classifier`, `experiments`: what was measured.
- `pictures`: a reader's own picture, or one sentence that says why not.
"""
