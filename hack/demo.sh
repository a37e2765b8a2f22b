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

now_ms() { date +%s%3N; }

trouble() {
  local line=$1
  say "the demo failed at line $line of hack/demo.sh; this is what the cluster says:"
  kubectl -n "$namespace" get seinodes,pods,pvc -o wide || true
  kubectl -n "$namespace" describe seinode archive-0 || true
  kubectl -n "$namespace" logs archive-0-0 --tail=20 || true
  kubectl -n seinode-system logs deployment/seinode-controller-manager --tail=20 || true
}

apply() { yaml images seid-standin:dev "${SEID_IMAGE:-seid-standin:dev}" <"$1" | kubectl apply -f - | sed 's/^/         /'; }

# await waits for an object, and leaves out what kubectl tells of its own watches.
await() { kubectl -n "$namespace" wait "$@" >/dev/null 2> >(grep -v '^I[0-9]' >&2 || true); }

prepare_cluster() {
  if [ -n "$existing" ]; then
    : "${KUBECONFIG:?USE_EXISTING_CLUSTER needs KUBECONFIG}" "${OPERATOR_IMAGE:?your cluster has to pull the operator: set OPERATOR_IMAGE}"
    : "${SEID_IMAGE:?your cluster has to pull the stand-in node: set SEID_IMAGE}"
    say "using the cluster of $KUBECONFIG"
    return
  fi
  say "building Kubernetes, if this machine has not yet (some 15 minutes, once), and booting it"
  boot_cluster
  say "a Kubernetes node is Ready: $(kubectl get nodes --no-headers | tr -s ' ')"
  say "building the operator's image and the stand-in node's, without Docker"
  hack/images.sh 2>/dev/null
}

fill_volume() {
  kubectl -n "$namespace" delete seinode archive-0 --ignore-not-found >/dev/null 2>&1 || true
  kubectl delete namespace "$namespace" --ignore-not-found --wait=true >/dev/null
  apply hack/demo/devnet.yaml
  await --for=condition=Ready pod/devnet --timeout=120s
  say "a devnet makes a block a second (a plain pod, no SeiNode)"
  apply hack/demo/volume.yaml
  await --for=jsonpath='{.status.phase}'=Succeeded pod/former-node --timeout=180s
  say "claim data-archive-0-0 holds an archive node that stopped at height 10; the chain is at $(height devnet) now"
}

# height asks a pod's RPC through the API server.
height() {
  kubectl get --raw "/api/v1/namespaces/$namespace/pods/$1:26657/proxy/lag_status" 2>/dev/null | yaml get current_height 2>/dev/null
}

# volume_state is what belongs to the user: all but the status, where Kubernetes itself notes which claims are in use.
volume_state() {
  local fields='{.metadata.uid}{.metadata.labels}{.metadata.annotations}{.metadata.finalizers}{.metadata.ownerReferences}{.spec}'
  {
    kubectl -n "$namespace" get pvc data-archive-0-0 -o jsonpath="$fields"
    kubectl get pv "$(kubectl -n "$namespace" get pvc data-archive-0-0 -o jsonpath='{.spec.volumeName}')" -o jsonpath="$fields"
  } | sha256sum | cut -c1-12
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
  catch_up
  await --for=condition=Synced seinode/archive-0 --timeout=60s
  [ "$before" = "$(volume_state)" ] || { say "the claim or its volume changed: $before became $(volume_state)"; return 1; }
  say "metadata and spec of the claim and its volume are as they were before (sha256 $before)"
}

condition() { kubectl -n "$namespace" get seinode archive-0 -o jsonpath="{.status.conditions[?(@.type==\"$1\")].message}"; }

catch_up() {
  local mine theirs deadline=$((SECONDS + 120))
  while :; do
    mine=$(height archive-0-0 || true) theirs=$(height devnet || true)
    if [ "${mine:-0}" -gt 10 ] && [ "${mine:-0}" -ge $((${theirs:-0} - 1)) ]; then break; fi
    [ $SECONDS -lt $deadline ] || { say "height is ${mine:-unknown}, the chain's ${theirs:-unknown}; wanted to catch up within 120 s"; return 1; }
    sleep 1
  done
  say "the volume held height 10; the node is at $mine, and the chain at $theirs: caught up"
}

farewell() {
  echo
  kubectl -n "$namespace" get seinodes -o wide
  echo
  kubectl -n "$namespace" events --for seinode/archive-0 2>/dev/null || true
  cat <<TEXT

The cluster stays up. Look around:

  export KUBECONFIG=$KUBECONFIG
  kubectl -n $namespace describe seinode archive-0
  kubectl -n $namespace logs -f archive-0-0
  kubectl -n $namespace delete seinode archive-0    # the claim and its data stay
  make demo-down                                     # removes everything
TEXT
}

up() {
  trap 'trouble $LINENO' ERR
  set -o errtrace
  prepare_cluster
  hack/deploy.sh 2>/dev/null
  say "the operator runs: $(kubectl -n seinode-system get pods --no-headers | tr -s ' ' | tail -1)"
  fill_volume
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
