"""A job that runs on a schedule; README.md says how to run, test and deploy it."""
