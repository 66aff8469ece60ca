FROM debian:13-slim
COPY serve /serve
USER 1000
CMD ["/serve"]
