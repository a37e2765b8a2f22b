#!/usr/bin/env bash
# The demo of an upgrade of the chain, on the local cluster, from the plan to the tip: a node runs from release v1 of the stand-in, the chain
# decides on upgrade v2, the node is told of its image, halts at the height, and goes on from release v2. It removes what it made; the
# cluster stays up until `make demo-down`.
set -euo pipefail
cd "$(dirname "$0")/.."
existing='' # a cluster of yours would have to pull both releases
namespace=sei-demo
# shellcheck source=hack/lib.sh
. hack/lib.sh
# shellcheck source=hack/demo/common.sh
. hack/demo/common.sh

# ahead is in how many blocks the upgrade is. The agent asks the chain for its plan once a minute, and the operator asks the agent every 30 s.
ahead=120

pod_field() { kubectl -n "$namespace" get pod archive-0-0 -o jsonpath="$1" 2>/dev/null || true; }

uid_of_pod() { pod_field '{.metadata.uid}'; }

columns() {
  echo
  kubectl -n "$namespace" get seinodes -o wide
  echo
}

run_release() {
  apply hack/demo/archive.yaml seid-standin:v1
  await --for=condition=Ready seinode/archive-0 --timeout=180s
  catch_up 10
  say "SeiNode archive-0 imports the claim, and runs from release v1; the node is at $MINE, and the chain at $THEIRS"
  await --for=condition=UpgradeReady seinode/archive-0 --timeout=120s
  say "UpgradeReady=True: $(condition UpgradeReady)"
}

plan() {
  AT=$(($(height devnet) + ahead))
  kubectl -n "$namespace" exec devnet -- seid standin plan --rpc http://127.0.0.1:26657 --name v2 --height "$AT" >/dev/null
  say "the chain decides: upgrade \"v2\" at height $AT. The node is asked for it once a minute"
  await --for=condition=UpgradeReady=False seinode/archive-0 --timeout=110s
  say "UpgradeReady=False, at height $(height devnet): $(condition UpgradeReady)"
}

list() {
  local listed
  FIRST=$(uid_of_pod)
  kubectl -n "$namespace" patch seinode archive-0 --type=merge -p '{"spec":{"upgrades":[{"name":"v2","image":"seid-standin:v2"}]}}' >/dev/null
  listed=$(now_ms)
  await --for=condition=UpgradeReady seinode/archive-0 --timeout=60s
  say "listed in spec.upgrades; UpgradeReady=True $(($(now_ms) - listed)) ms later: $(condition UpgradeReady)"
  [ "$(uid_of_pod)" = "$FIRST" ] || { say "listing it restarted the node"; return 1; }
  say "its pod is the same: listing an upgrade restarts nothing"
  columns
}

# halt waits until seid has ended, and sets HALTED to when that was, in milliseconds, by the kubelet's word: to the second.
halt() {
  local ended='' deadline=$((SECONDS + 300)) status='{.status.containerStatuses[?(@.name=="seid")]'
  say "waiting for height $AT; the chain is at $(height devnet)"
  while [ -z "$ended" ]; do
    [ $SECONDS -lt $deadline ] || { say "seid did not halt"; return 1; }
    ended=$(pod_field "$status.state.terminated.finishedAt}")
    ended=${ended:-$(pod_field "$status.lastState.terminated.finishedAt}")}
    sleep 0.1
  done
  HALTED=$(date -d "$ended" +%s%3N)
  say "release v1 does not know the upgrade: seid ended, $ended"
}

since_halt() { echo "$(($(now_ms) - HALTED)) ms after the halt"; }

go_on() {
  local deadline=$((SECONDS + 120))
  until [ -n "$(uid_of_pod)" ] && [ "$(uid_of_pod)" != "$FIRST" ]; do
    [ $SECONDS -lt $deadline ] || { say "the pod was not replaced"; return 1; }
    sleep 0.1
  done
  say "the pod is another one, $(since_halt), with image $(pod_field '{.spec.containers[?(@.name=="seid")].image}')"
  catch_up "$AT"
  say "the node is at $MINE, and the chain at $THEIRS: at the tip, $(since_halt)"
  await --for=condition=Ready seinode/archive-0 --timeout=60s
  say "Ready=True, $(since_halt); reached: $(kubectl -n "$namespace" get seinode archive-0 -o jsonpath='{.status.upgrades.reached}')"
  await --for=condition=Synced seinode/archive-0 --timeout=60s
  columns
  kubectl -n "$namespace" events --for seinode/archive-0 2>/dev/null || true
  echo
}

# operator_writes prints what the API server's audit log has of the operator's writes: verb, resource and namespace.
operator_writes() {
  grep '"username":"system:serviceaccount:seinode-system:' "$AUDIT_LOG" | grep -v '"verb":"\(get\|list\|watch\)"' |
    sed -n 's/.*"verb":"\([a-z]*\)".*"objectRef":{"resource":"\([a-z]*\)"\(,"namespace":"\([^"]*\)"\)\?.*/\1 \2 \4/p'
}

audit() {
  local harm
  harm=$(operator_writes | grep -E "^[a-z]+ (persistentvolumes |persistentvolumeclaims $namespace\$)" || true)
  [ -z "$harm" ] || { say "the operator wrote to the claim or to a volume: $harm"; return 1; }
  say "the API server's audit log: no write of the operator on the claim or on any volume; what it wrote here:" \
    "$(operator_writes | grep " $namespace\$" | cut -d' ' -f1,2 | sort | uniq -c | awk '{printf "%s%s %s %d", sep, $2, $3, $1; sep = ", "}')"
}

main() {
  local before
  trap 'trouble $LINENO' ERR
  set -o errtrace
  prepare_cluster
  run_operator
  fill_volume
  before=$(volume_state)
  run_release
  plan
  list
  halt
  go_on
  unchanged "$before"
  audit
  leave_namespace
  say "removed what the demo made; make demo-down takes the cluster down"
}

main
