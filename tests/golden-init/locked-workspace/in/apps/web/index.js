new (require('koa'))().listen(4000)
