import { Router } from 'express'

export const router = Router()
router.get('/ready', (_req, res) => { res.send('ok') })
