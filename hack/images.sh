#!/usr/bin/env bash
# Builds the operator's image and the stand-in node's without Docker, and loads them into the local cluster: static binaries
# on an empty base, the same bytes from the same source.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/lib.sh
. hack/lib.sh
export CGO_ENABLED=0 GOFLAGS="-trimpath -buildvcs=false"
image_tool

flags=$(stamp "${VERSION:-$(this_version)}")
go build -ldflags "$flags" -o bin/manager ./cmd
go build -ldflags "$flags" -o bin/seinode-agent ./cmd/seinode-agent
(cd test/seid && go build -ldflags "-s -w" -o ../../bin/seid .)

bin/image --tag seinode-operator:dev --entrypoint /manager --user 65532:65532 -o bin/manager.tar \
  /manager=bin/manager /seinode-agent=bin/seinode-agent >&2
bin/image --tag seid-standin:dev --entrypoint /usr/local/bin/seid --env PATH=/usr/local/bin --user 65532:65532 \
  -o bin/seid.tar /usr/local/bin/seid=bin/seid >&2
hack/cluster.sh load bin/manager.tar bin/seid.tar
