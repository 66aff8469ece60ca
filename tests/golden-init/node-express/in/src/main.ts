import express from 'express'
import { router } from './routes'

const app = express()
app.use('/api', router)
app.get('/healthz', (_req, res) => { res.send('ok') })

const port = Number(process.env.PORT ?? 3000)
app.listen(port, () => console.log(`listening on ${port}`))
