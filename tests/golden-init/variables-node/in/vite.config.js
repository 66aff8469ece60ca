export default { base: process.env.BASE_PATH }
