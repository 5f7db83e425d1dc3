r"""Step 5: training, from a seed to a network that reads digits.

`layers` joins operators and their gradients, `sgd` takes the steps, `data` holds the digits, `loop` repeats, and
`experiments` are the two runs of the book.
"""
