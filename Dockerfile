# syntax=docker/dockerfile:1
# The operator's image: the manager, and the agent that runs in the nodes' pods. The build runs on the builder's own platform and cross-compiles, so that arm64 needs no emulation:
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=0.1.0 -t <image> .

FROM --platform=$BUILDPLATFORM golang:1.26 AS builder
WORKDIR /workspace

# The modules in a layer of their own: a change of the source does not download them again.
COPY go.mod go.sum ./
RUN go mod download

COPY api/ api/
COPY cmd/ cmd/
COPY internal/ internal/

ARG TARGETOS=linux
ARG TARGETARCH
ARG VERSION=dev
RUN CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} \
    go build -trimpath -buildvcs=false \
    -ldflags="-s -w -X github.com/seinode/seinode-operator/internal/version.Version=${VERSION}" \
    -o /workspace/bin/ ./cmd ./cmd/seinode-agent && mv /workspace/bin/cmd /workspace/bin/manager

# Distroless: no shell, no package manager, CA certificates and a non-root user.
# https://github.com/GoogleContainerTools/distroless
FROM gcr.io/distroless/static:nonroot

# Declared again: an ARG ends with its stage.
ARG VERSION=dev
LABEL org.opencontainers.image.title="seinode-operator" \
      org.opencontainers.image.description="Kubernetes operator for Sei nodes" \
      org.opencontainers.image.source="https://github.com/seinode/seinode-operator" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"

WORKDIR /
COPY --from=builder /workspace/bin/manager /manager
COPY --from=builder /workspace/bin/seinode-agent /seinode-agent
USER 65532:65532
ENTRYPOINT ["/manager"]
