import { Router } from 'express';

export const health = Router();

health.get('/ready', (_req, res) => { res.json({ ok: true }); });
health.get('/live', (_req, res) => { res.json({ ok: true }); });
