import Fastify from 'fastify'

const server = Fastify({ logger: true })
server.route({
  method: 'GET',
  url: '/ready',
  handler: async () => ({}),
})
await server.listen({ host: '0.0.0.0', port: 4000 })
