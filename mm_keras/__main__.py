"""`python -m mm_keras`: see `mm_keras.cli`."""

import sys

from mm_keras.cli.main import main

sys.exit(main())
