"""What all tests share."""

import os

from hypothesis import settings

# A build fails for what a change did, not for an example drawn by chance that day, nor
# for a busy machine; people who run the tests by hand go on exploring.
settings.register_profile("explore", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "explore")
