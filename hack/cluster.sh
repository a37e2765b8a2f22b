#!/usr/bin/env bash
# Boots the local cluster (up), takes it down (down), or loads image tarballs into it (load TARBALL...). `up` prints the
# kubeconfig's path on standard output and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

need_root() {
  [ "$(id -u)" = 0 ] || { echo "the local cluster needs root (kubelet, containerd, iptables); or set KUBECONFIG and USE_EXISTING_CLUSTER=1" >&2; exit 1; }
}

build() { (cd test/localkube && CGO_ENABLED=0 go build -trimpath -buildvcs=false -o ../../bin/localkube .) >&2; }

# snapshot_kinds prints the folder with the CRDs of the snapshots that hack/csi pins.
snapshot_kinds() {
  (cd hack/csi && GOWORK=off go mod download -json github.com/kubernetes-csi/external-snapshotter/client/v8) | sed -n 's,^.*"Dir": "\(.*\)".*$,\1/config/crd,p'
}

mkdir -p bin
need_root
build
case "${1:-}" in
  up)
    LOCALKUBE_BIN=$(hack/build.sh hack/kubernetes)
    LOCALKUBE_CSI=$(hack/build.sh hack/csi)
    LOCALKUBE_CRDS=$(snapshot_kinds)
    export LOCALKUBE_BIN LOCALKUBE_CSI LOCALKUBE_CRDS
    bin/localkube up
    ;;
  down) bin/localkube down ;;
  load) shift; bin/localkube load "$@" ;;
  *) echo "usage: hack/cluster.sh up|down|load TARBALL..." >&2; exit 2 ;;
esac
