const app = require('fastify')()
app.listen({ port: 8003 })
