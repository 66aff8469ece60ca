require('./smtp').connect(process.env.SMTP_HOST)
