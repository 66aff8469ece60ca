import { config } from './config'
app.listen(config.port)
