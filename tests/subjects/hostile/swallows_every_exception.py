"""timeout: catches every exception, also those meant to stop it, and goes on"""

def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
