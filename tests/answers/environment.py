"""Other right answers to the exercises of Step 1."""

import numpy as np


def floats_to_the_double(exponent):
    power = np.float32(2.0**exponent)
    return int(power / np.spacing(power))


def sum_of_ones(count):
    return np.float32(count if count < 16_777_216 else 16_777_216)


def side_of_exact_sums(largest):
    side = 0
    while largest * (side + 1) ** 2 <= 16_777_216:
        side += 1
    return side


def four_numbers():
    return [1e8, -1e8, 5.0, 0.1]


def order_of_summing(values):
    return np.array(sorted(range(len(values)), key=lambda place: (values[place], -place)))


def error_of_layers(counts):
    roundings = counts / 2**24
    return np.prod(1 + roundings / (1 - roundings)) - 1  # cancels some digits, which has to be borne
