"""nothing to check: correlate2d is a module, which cannot be called"""

import math as correlate2d
