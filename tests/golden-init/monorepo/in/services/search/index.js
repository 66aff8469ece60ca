new (require('koa'))().listen(8004)
