test(process.env.TEST_URL)
