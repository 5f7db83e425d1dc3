"""fail: takes no options at all; the message says which are missing"""

def correlate2d(image, kernel):
    return image * 0
