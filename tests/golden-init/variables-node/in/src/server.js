const express = require('express')
const { QUEUE_URL, REGION: region = 'eu' } = process.env

const pool = connect(process.env.DATABASE_URL)
const level = process.env.LOG_LEVEL || 'info'
const format = process.env.LOG_FORMAT
// process.env.OLD_FLAG is gone
if (process.env.SENTRY_DSN) require('./sentry').init(process.env.SENTRY_DSN)
if (!process.env.STRIPE_KEY) throw new Error('STRIPE_KEY is missing')

express().listen(process.env.PORT || 3000)
