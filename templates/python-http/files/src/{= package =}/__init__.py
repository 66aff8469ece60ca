"""An HTTP service; README.md says how to run, test and deploy it."""
