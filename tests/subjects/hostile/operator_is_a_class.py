"""fail: a class; what it makes is no array"""

class correlate2d:
    def __init__(self, image, kernel, *, stride=1, padding=0, dilation=1):
        self.image = image
