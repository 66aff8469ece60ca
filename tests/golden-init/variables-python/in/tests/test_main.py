import os

os.environ["TEST_DB"]
