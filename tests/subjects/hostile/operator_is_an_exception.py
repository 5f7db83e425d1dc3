"""fail: a subclass of Exception that is returned, not raised"""

class correlate2d(Exception):
    def __init__(self, image, kernel, **options):
        super().__init__()
