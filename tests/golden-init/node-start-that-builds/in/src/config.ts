export const config = { port: process.env.PORT || 5050 }
