#!/usr/bin/env bash
# The end-to-end suite on a real cluster: boots the local cluster, builds and loads the images, installs the operator and runs
# test/e2e against it, four specs at a time: in peace, and the stories again while the manager is killed. The cluster stays up for a
# look around; `make cluster-down` takes it away. Arguments go to ginkgo, for example: hack/e2e.sh --focus='adopts a claim'
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/lib.sh
. hack/lib.sh

# busybox_image loads Debian's busybox: the Jobs that the documents show run in it.
busybox_image() {
  local program=bin/busybox/bin/busybox
  if [ ! -f bin/busybox-chown-cp-mkdir-mv-sh.tar ]; then
    debian_package busybox-static bin/busybox
    bin/image --tag busybox:dev --entrypoint /bin/busybox --env PATH=/bin -o bin/busybox-chown-cp-mkdir-mv-sh.tar \
      /bin/chown="$program" /bin/cp="$program" /bin/mkdir="$program" /bin/mv="$program" /bin/sh="$program" >&2
  fi
  hack/cluster.sh load bin/busybox-chown-cp-mkdir-mv-sh.tar
}

# prometheus_image loads Debian's Prometheus, with the libraries of this machine that it is linked to: the alerts are tried in it.
prometheus_image() {
  local program=bin/prometheus/usr/bin/prometheus library files=()
  if [ ! -f bin/prometheus.tar ]; then
    debian_package prometheus bin/prometheus
    for library in $(ldd "$program" | grep -o '/[^ ]*'); do files+=("$library=$library"); done
    bin/image --tag prometheus:dev --entrypoint /bin/prometheus -o bin/prometheus.tar "/bin/prometheus=$program" "${files[@]}" >&2
  fi
  hack/cluster.sh load bin/prometheus.tar
}

specs() { go tool ginkgo run --procs=4 -v --no-color --timeout=40m "$@"; }

boot_cluster
say "the cluster is up"
hack/images.sh
busybox_image
prometheus_image
say "the images are loaded"
build_plugin
hack/deploy.sh
say "the operator runs"
go test -c -race -tags e2e -o bin/e2e.test ./test/e2e
plugin_is_built
say "the specs are built, and the plugin"
specs --label-filter='!olm' "$@" bin/e2e.test
say "the specs have passed"
specs --label-filter=story "$@" bin/e2e.test -- -kill-manager
say "the stories have passed while the manager was killed"
