#!/usr/bin/env bash
# Removes from the cluster of your kubeconfig what `make install` or `make deploy` brought there, and no data that nobody spoke of.
#
#   hack/remove.sh crd          the CRD, and with it every SeiNode: refused while there are any, unless FORCE=1, and when nobody can say
#   hack/remove.sh operator     the same, and then the operator. Its namespace stays if claims live in it
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/lib.sh
. hack/lib.sh
namespace=seinode-system

# seinodes lists them, a line for each; none where there is no CRD. Whatever fails is an error: an empty list deletes data.
seinodes() {
  local known
  known=$(kubectl get crd seinodes.sei.io --ignore-not-found -o name) || return 1
  [ -n "$known" ] || return 0
  kubectl get seinodes.sei.io --all-namespaces -o jsonpath='{range .items[*]}SeiNode {.metadata.namespace}/{.metadata.name}{"\n"}{end}'
}

# remove deletes what a kustomization of config/ makes, but for the kinds that are named.
remove() {
  local kustomize
  kustomize=$(hack/build.sh hack/tools/generate kustomize)/kustomize
  "$kustomize" build "config/$1" | yaml without "$2" | kubectl delete --ignore-not-found -f -
}

crd() {
  local found
  found=$(seinodes) || { echo "whether there are SeiNodes cannot be said, so nothing is removed" >&2; return 1; }
  if [ -n "$found" ] && [ "${FORCE:-}" != 1 ]; then
    cat >&2 <<TEXT
There are SeiNodes, and deleting the CRD deletes them:

$found

Each takes its pod with it, and its claim with the data on it if the operator created that with deletionPolicy Delete, the
default. An imported claim and a retained one stay. If you want that: make uninstall FORCE=1, while the operator still runs.
TEXT
    return 1
  fi
  [ -z "$found" ] || echo "deleting the CRD; each SeiNode waits until the operator has stopped its pod" >&2
  remove crd ""
}

operator() {
  local kept=CustomResourceDefinition claims
  crd
  claims=$(kubectl -n "$namespace" get persistentvolumeclaims -o jsonpath='{range .items[*]}claim {.metadata.namespace}/{.metadata.name}{"\n"}{end}')
  if [ -n "$claims" ]; then
    printf 'namespace %s stays, because of what lives in it:\n\n%s\n\n' "$namespace" "$claims" >&2
    kept+=,Namespace
  fi
  remove default "$kept"
}

case "${1:-}" in
  crd | operator) "$1" ;;
  *) echo "usage: hack/remove.sh crd|operator" >&2; exit 2 ;;
esac
