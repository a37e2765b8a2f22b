#!/usr/bin/env bash
# The demo: a SeiNode adopts a pre-populated volume on a real Kubernetes and the chain goes on from the height it held.
#
#   hack/demo.sh up      boots the local cluster, or uses yours: KUBECONFIG with USE_EXISTING_CLUSTER=1, and the two images,
#                        pushed where your cluster pulls from, in OPERATOR_IMAGE and SEID_IMAGE
#   hack/demo.sh down    removes the demo, and the local cluster with it
set -euo pipefail
cd "$(dirname "$0")/.."
existing=${USE_EXISTING_CLUSTER:-}
namespace=sei-demo
# shellcheck source=hack/lib.sh
. hack/lib.sh
# shellcheck source=hack/demo/common.sh
. hack/demo/common.sh

# foresee asks before anything exists.
foresee() {
  plugin_is_built
  say "SeiNode archive-0 does not exist yet: would it be taken?"
  ask preflight -f hack/demo/archive.yaml
  echo
}

adopt() {
  local before applied
  before=$(volume_state)
  apply hack/demo/archive.yaml
  applied=$(now_ms)
  say "applied SeiNode archive-0, which imports the claim"
  await --for=condition=ImportPVCReady seinode/archive-0 --timeout=30s
  say "ImportPVCReady=True $(($(now_ms) - applied)) ms after apply: $(condition ImportPVCReady)"
  await --for=condition=Ready seinode/archive-0 --timeout=180s
  await --for=jsonpath='{.status.phase}'=Running seinode/archive-0 --timeout=30s
  say "Running, $(($(now_ms) - applied)) ms after apply; pod archive-0-0 mounts claim" \
    "$(kubectl -n "$namespace" get pod archive-0-0 -o jsonpath='{.spec.volumes[?(@.name=="data")].persistentVolumeClaim.claimName}')"
  say "the agent looked first: $(condition DataInspected)"
  catch_up 10
  say "the volume held height 10; the node is at $MINE, and the chain at $THEIRS: caught up"
  await --for=condition=Synced seinode/archive-0 --timeout=60s
  unchanged "$before"
}

farewell() {
  echo
  kubectl -n "$namespace" get seinodes -o wide
  ask why archive-0 -n "$namespace"
  cat <<TEXT

The cluster stays up. Look around:

  export KUBECONFIG=$KUBECONFIG PATH=$PWD/bin:$(dirname "$(command -v kubectl)"):\$PATH
  kubectl -n $namespace describe seinode archive-0
  kubectl -n $namespace logs -f archive-0-0
  kubectl sei release archive-0 -n $namespace    # the claim and its data stay
  make demo-down                                 # removes everything
TEXT
}

up() {
  trap 'trouble $LINENO' ERR
  set -o errtrace
  prepare_cluster
  run_operator
  build_plugin
  fill_volume
  foresee
  adopt
  farewell
}

down() {
  if [ -z "$existing" ]; then
    hack/cluster.sh down
    return
  fi
  kubectl -n "$namespace" delete seinodes --all --ignore-not-found
  kubectl delete namespace "$namespace" --ignore-not-found
  echo "The operator, its CRD and namespace seinode-system stay; remove them as you installed them."
}

case "${1:-}" in
  up | down) "$1" ;;
  *) echo "usage: hack/demo.sh up|down" >&2; exit 2 ;;
esac
