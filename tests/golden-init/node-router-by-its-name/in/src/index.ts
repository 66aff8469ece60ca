import express from 'express';
import { health } from './routes/health';
import { orders } from './routes/orders';

const app = express();
app.use('/health', health);
app.use('/orders', orders);
app.listen(4000);
