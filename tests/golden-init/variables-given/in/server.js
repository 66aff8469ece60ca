const app = require('fastify')()
app.register(require('./db'), { host: process.env.DB_HOST, password: process.env.DB_PASSWORD })
app.register(require('./mail'), { from: process.env.MAIL_FROM, region: process.env.MAIL_REGION })
app.listen({ port: Number(process.env.PORT), host: '0.0.0.0' })
