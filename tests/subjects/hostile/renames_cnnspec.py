"""refused: cnnspec's operator under another name and back"""

import importlib

_there = importlib.import_module('cnn' + 'spec.convolution')
correlate2d = getattr(_there, 'correlate' + '2d')
