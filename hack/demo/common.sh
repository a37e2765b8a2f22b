# What the demos share, beside hack/lib.sh. To be sourced in the checkout's root, with namespace, and existing for a cluster of yours.
# shellcheck shell=bash

# shown is the SeiNode that a demo is about.
shown=archive-0

now_ms() { date +%s%3N; }

trouble() {
  local line=$1
  say "the demo failed at line $line of $0; this is what the cluster says:"
  kubectl -n "$namespace" get seinodes,pods,pvc -o wide || true
  kubectl -n "$namespace" describe seinode "$shown" || true
  kubectl -n "$namespace" logs "$shown-0" --tail=20 || true
  kubectl -n seinode-system logs deployment/seinode-controller-manager --tail=20 || true
}

# apply MANIFEST [IMAGE] applies what is shown, with another image of the stand-in node if one is given.
apply() { yaml images seid-standin:dev "${2:-${SEID_IMAGE:-seid-standin:dev}}" <"$1" | kubectl apply -f - | sed 's/^/         /'; }

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

run_operator() {
  hack/deploy.sh 2>/dev/null
  say "the operator runs: $(kubectl -n seinode-system get pods --no-headers | grep -v Terminating | tr -s ' ' | tail -1)"
}

# ask has kubectl sei say something, as at a prompt. 4 is its exit code where something waits or warns.
ask() {
  printf '\n$ kubectl sei %s\n' "$*"
  kubectl sei "$@" || [ $? = 4 ]
}

leave_namespace() {
  kubectl -n "$namespace" delete seinodes --all >/dev/null 2>&1 || true
  kubectl delete namespace "$namespace" --ignore-not-found --wait=true >/dev/null
}

fill_volume() {
  leave_namespace
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

# unchanged BEFORE says that the claim and its volume are what they were, and fails if they are not.
unchanged() {
  local now
  now=$(volume_state)
  [ "$1" = "$now" ] || { say "the claim or its volume changed: $1 became $now"; return 1; }
  say "metadata and spec of the claim and its volume are as they were before (sha256 $now)"
}

condition() { kubectl -n "$namespace" get seinode "$shown" -o jsonpath="{.status.conditions[?(@.type==\"$1\")].message}"; }

# catch_up HEIGHT waits until the node has more than that and is at the tip, and sets MINE and THEIRS to where both are.
catch_up() {
  local deadline=$((SECONDS + 120))
  while :; do
    MINE=$(height "$shown-0" || true) THEIRS=$(height devnet || true)
    if [ "${MINE:-0}" -gt "$1" ] && [ "${MINE:-0}" -ge $((${THEIRS:-0} - 1)) ]; then break; fi
    [ $SECONDS -lt $deadline ] || { say "height is ${MINE:-unknown}, the chain's ${THEIRS:-unknown}; wanted to catch up within 120 s"; return 1; }
    sleep 0.3
  done
}
