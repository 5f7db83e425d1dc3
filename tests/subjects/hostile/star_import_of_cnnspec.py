"""refused: every operator is cnnspec's own"""

from cnnspec.channels import *  # noqa: F403
from cnnspec.convolution import *  # noqa: F403
from cnnspec.pooling import *  # noqa: F403
