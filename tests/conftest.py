"""What all tests share."""

import os

from hypothesis import settings

# A build fails for what a change did, not for an example drawn by chance that day;
# people who run the tests by hand go on exploring.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
