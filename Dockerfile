# syntax=docker/dockerfile:1
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /writersync ./cmd/writersync \
 && mkdir -p /rootfs/var/lib/writersync /rootfs/run/writersync && chmod 0700 /rootfs/var/lib/writersync /rootfs/run/writersync

# Nothing but the program, certificates and time zones: no shell, no package manager.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /zoneinfo.zip
COPY --from=build --chown=65532:65532 /rootfs/ /
COPY --from=build /writersync /writersync
# Half of the usual headroom: a directory of a million people then fits in 400 MiB.
ENV ZONEINFO=/zoneinfo.zip GOGC=50
USER 65532:65532
# The root is read-only: run with --read-only and a volume on /var/lib/writersync, a tmpfs on /run/writersync.
VOLUME /var/lib/writersync
EXPOSE 9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["/writersync", "health"]
ENTRYPOINT ["/writersync"]
CMD ["serve", "--config", "/etc/writersync/writersync.yml"]
