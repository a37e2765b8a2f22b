#!/usr/bin/env bash
# The end-to-end suite on a real cluster: boots the local cluster, builds and loads the images, installs the operator and runs
# test/e2e against it, four specs at a time: in peace, and the stories again while the manager is killed. The cluster stays up for a
# look around; `make cluster-down` takes it away. Arguments go to ginkgo, for example: hack/e2e.sh --focus='adopts a claim'
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/lib.sh
. hack/lib.sh

# busybox_image loads Debian's busybox, unpacked and not installed: the Jobs that the documents show run in it.
busybox_image() {
  if [ ! -f bin/busybox-chown-cp-mkdir-mv-sh.tar ]; then
    scratch_folder
    (cd "$SCRATCH" && { quietly apt-get download busybox-static || { quietly apt-get update && quietly apt-get download busybox-static; }; })
    dpkg-deb --extract "$SCRATCH"/busybox-static_*.deb "$SCRATCH"
    bin/image --tag busybox:dev --entrypoint /bin/busybox --env PATH=/bin -o bin/busybox-chown-cp-mkdir-mv-sh.tar \
      /bin/chown="$SCRATCH/bin/busybox" /bin/cp="$SCRATCH/bin/busybox" /bin/mkdir="$SCRATCH/bin/busybox" /bin/mv="$SCRATCH/bin/busybox" \
      /bin/sh="$SCRATCH/bin/busybox" >&2
  fi
  hack/cluster.sh load bin/busybox-chown-cp-mkdir-mv-sh.tar
}

specs() { go tool ginkgo run --procs=4 -v --no-color --timeout=40m "$@"; }

boot_cluster
say "the cluster is up"
hack/images.sh
busybox_image
say "the images are loaded"
hack/deploy.sh
say "the operator runs"
go test -c -race -tags e2e -o bin/e2e.test ./test/e2e
say "the specs are built"
specs --label-filter='!olm' "$@" bin/e2e.test
say "the specs have passed"
specs --label-filter=story "$@" bin/e2e.test -- -kill-manager
say "the stories have passed while the manager was killed"
