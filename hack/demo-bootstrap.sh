#!/usr/bin/env bash
# The demo of a state sync, on the local cluster, from nothing to the tip: two full nodes serve snapshots of their state, and a third on an empty claim takes its
# state from them, once two servers agree on a block, and does not once more when its pod is made again. It removes what it made; the cluster stays up until
# `make demo-down`.
set -euo pipefail
cd "$(dirname "$0")/.."
existing='' # a cluster of yours would have to pull the images
namespace=sei-demo
# shellcheck source=hack/lib.sh
. hack/lib.sh
# shellcheck source=hack/demo/common.sh
. hack/demo/common.sh
shown=fresh

# ask POD PATH [FIELD] prints the answer of a pod's RPC, or a field of it.
ask() {
  local answer
  answer=$(kubectl get --raw "/api/v1/namespaces/$namespace/pods/$1:26657/proxy/$2")
  if [ $# -gt 2 ]; then yaml get "$3" <<<"$answer"; else echo "$answer"; fi
}

# part NAME applies one of the nodes of hack/demo/bootstrap.yaml, with the IDs of its peers.
part() {
  awk -v RS='---\n' -v name="name: $1," 'index($0, name)' hack/demo/bootstrap.yaml |
    sed "s/DEVNET/${DEVNET:-}/; s/COMPANION/${COMPANION:-}/; s/ONE/${ONE:-}/; s/TWO/${TWO:-}/" | kubectl apply -f - | sed 's/^/         /'
}

begin() {
  leave_namespace
  apply hack/demo/devnet.yaml
  await --for=condition=Ready pod/devnet pod/companion --timeout=120s
  until [ "$(height companion || true)" ]; do sleep 0.3; done
  DEVNET=$(ask devnet status node_info.id) COMPANION=$(ask companion status node_info.id)
  kubectl -n "$namespace" create configmap genesis --from-literal=genesis.json="$(ask devnet genesis | tr -d '\n' | sed 's/^{"genesis":\(.*\)}$/\1/')" >/dev/null
  say "a devnet makes a block a second (a plain pod, no SeiNode)"
}

serve() {
  part serves-1
  part serves-2
  await --for=condition=Ready seinode/serves-1 seinode/serves-2 --timeout=180s
  ONE=$(ask serves-1-0 status node_info.id) TWO=$(ask serves-2-0 status node_info.id)
  say "two full nodes follow it, and make a snapshot of their state every 10 blocks (spec.snapshots); the chain is at $(height devnet)"
  until [ "$(height serves-1-0)" -gt 22 ] && [ "$(height serves-2-0)" -gt 22 ]; do sleep 0.5; done
}

refuse() {
  part fresh
  say "SeiNode fresh, on a claim of its own with nothing on it, is to trust one server by two names"
  await --for=jsonpath='{.status.conditions[?(@.type=="Bootstrapped")].reason}'=WitnessRepeated seinode/fresh --timeout=120s
  say "Bootstrapped=False, WitnessRepeated: $(condition Bootstrapped)"
}

sync() {
  local begun
  kubectl -n "$namespace" patch seinode fresh --type=merge \
    -p '{"spec":{"bootstrap":{"stateSync":{"rpcServers":["http://serves-1.sei-demo.svc:26657","http://serves-2.sei-demo.svc:26657"]}}}}' >/dev/null
  begun=$(now_ms)
  say "and now by two, at height $(height devnet)"
  await --for=condition=Bootstrapped seinode/fresh --timeout=180s
  say "Bootstrapped=True, $(($(now_ms) - begun)) ms later: $(condition Bootstrapped)"
  say "the log of seid's container: $(kubectl -n "$namespace" logs fresh-0 -c seid | sed -n 's/^seinode-agent: \(attempt .*\)/\1/p' | tail -1)"
  await --for=condition=Ready seinode/fresh --timeout=120s
  catch_up 22
  FIRST=$(ask fresh-0 status sync_info.earliest_block_height)
  say "the node is at $MINE, and the chain at $THEIRS: at the tip, $(($(now_ms) - begun)) ms after the start. Its first block is $FIRST, the one after the snapshot"
  say "status.bootstrap: $(kubectl -n "$namespace" get seinode fresh -o jsonpath='{.status.bootstrap}')"
}

again() {
  kubectl -n "$namespace" delete pod fresh-0 >/dev/null
  await --for=condition=Ready=False seinode/fresh --timeout=60s || true
  await --for=condition=Ready seinode/fresh --timeout=120s
  catch_up 22
  [ "$(ask fresh-0 status sync_info.earliest_block_height)" = "$FIRST" ] || { say "its data is another"; return 1; }
  say "its pod was made again: it goes on from its data, at $MINE, and fetches nothing"
  echo
  kubectl -n "$namespace" get seinodes -o wide
  echo
  kubectl -n "$namespace" events --for seinode/fresh 2>/dev/null || true
  echo
}

main() {
  trap 'trouble $LINENO' ERR
  set -o errtrace
  prepare_cluster
  run_operator
  begin
  serve
  refuse
  sync
  again
  leave_namespace
  say "removed what the demo made; make demo-down takes the cluster down"
}

main
