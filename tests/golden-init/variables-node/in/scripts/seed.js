seed(process.env.SEED_FILE)
