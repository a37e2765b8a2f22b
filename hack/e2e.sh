#!/usr/bin/env bash
# The end-to-end suite on a real cluster: boots the local cluster, builds and loads the images, installs the operator and runs
# test/e2e against it. The cluster stays up for a look around; `make cluster-down` takes it away. Arguments go to the
# test binary, for example: hack/e2e.sh -ginkgo.focus='adopts a claim'
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/lib.sh
. hack/lib.sh

boot_cluster
say "the cluster is up"
hack/images.sh
say "the images are loaded"
hack/deploy.sh
say "the operator runs"
go test -v -race -tags e2e -count=1 -timeout 45m ./test/e2e -ginkgo.v -ginkgo.no-color -ginkgo.label-filter='!olm' -ginkgo.timeout=40m "$@"
say "the suite has passed"
