"""`python -m nndsl`."""

import sys

from nndsl.cli import main

if __name__ == "__main__":
    sys.exit(main())
