"""fail: returns the array and its shape"""




def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return image * 0, image.shape
