"""nothing to check: conv2d is 5, which cannot be called; the file must not pass"""

conv2d = 5
