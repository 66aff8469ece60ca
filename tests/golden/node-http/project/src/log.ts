import { type DestinationStream, type Logger, pino } from "pino";

/** Lines of JSON on stdout. */
export function newLog(destination: DestinationStream = pino.destination(1)): Logger {
  return pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      serializers: {
        // pino adds every property of an error: those of an HTTP client hold the headers that it
        // sent.
        err: (error: Error) => {
          const { type, message, stack } = pino.stdSerializers.err(error);
          return { type, message, stack };
        },
      },
    },
    destination,
  );
}
