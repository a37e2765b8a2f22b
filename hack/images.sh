#!/usr/bin/env bash
# Builds the operator's image and the stand-in node's without Docker, and loads them into the local cluster: static binaries
# on an empty base, the same bytes from the same source. The stand-in has a tag that knows no upgrade, and a tag for each of eight
# releases; test/seid/README.md says what they are.
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

# standin TAG [VARIABLE...] makes an image of the stand-in node: the same binary in all, and variables that make it a release.
standin() {
  local variable env=() tag=$1
  shift
  for variable; do env+=(--env "$variable"); done
  bin/image --tag "seid-standin:$tag" --entrypoint /usr/local/bin/seid --env PATH=/usr/local/bin "${env[@]}" --user 65532:65532 \
    -o "bin/seid-$tag.tar" /usr/local/bin/seid=bin/seid >&2
}

standin dev
standin v1 SEID_STANDIN_VERSION=v1.0.0
known=()
for release in v{2..8}; do
  known+=("$release")
  standin "$release" SEID_STANDIN_VERSION="$release.0.0" SEID_STANDIN_HANDLERS="$(IFS=,; echo "${known[*]}")"
done
hack/cluster.sh load bin/manager.tar bin/seid-{dev,v{1..8}}.tar
