# What the scripts share. To be sourced in the checkout's root.
# shellcheck shell=bash

# at_exit are commands to run when the script ends, however it does.
at_exit=()
trap 'for step in "${at_exit[@]}"; do $step 2>/dev/null || true; done' EXIT

# say tells what has been done, with the seconds since the script began.
say() { printf '[%4d s] %s\n' $SECONDS "$*"; }

# yaml reads and edits YAML and JSON, in any folder: see hack/yaml.
CGO_ENABLED=0 go build -trimpath -buildvcs=false -o bin/yaml ./hack/yaml
yaml_program=$PWD/bin/yaml
yaml() { "$yaml_program" "$@"; }

# boot_cluster boots the local cluster and sets what kubectl and the tests need for it.
boot_cluster() {
  KUBECONFIG=$(hack/cluster.sh up)
  PATH=$(hack/build.sh hack/kubernetes):$PATH
  AUDIT_LOG=$(dirname "$KUBECONFIG")/audit.log
  export KUBECONFIG PATH AUDIT_LOG
}

# scratch_folder sets SCRATCH, a folder that goes with the script.
scratch_folder() {
  SCRATCH=$(mktemp -d)
  at_exit+=("rm -rf $SCRATCH")
}

# quietly runs a command whose output matters only if it fails.
quietly() {
  local said
  said=$("$@" 2>&1) || { printf '%s failed:\n%s\n' "$*" "$said" >&2; return 1; }
}

# build_plugin builds kubectl sei, while something else is waited for: plugin_is_built waits for it, and has kubectl find it.
build_plugin() { quietly make -s plugin & building=$!; }

plugin_is_built() {
  wait "$building"
  PATH=$PWD/bin:$PATH
}

# debian_package NAME DIR unpacks a package of Debian's into a folder. It is not installed: it starts nothing, and drives nothing out.
debian_package() {
  local download
  download=$(mktemp -d)
  at_exit+=("rm -rf $download")
  (cd "$download" && { quietly apt-get download "$1" || { quietly apt-get update && quietly apt-get download "$1"; }; })
  dpkg-deb --extract "$download/$1"_*.deb "$2"
}

# this_version prints the version that this tree is of.
this_version() { yaml get images.0.newTag config/manager/kustomization.yaml; }

# stamp VERSION prints the linker's flags for a program of ours.
stamp() { echo "-s -w -X github.com/seinode/seinode-operator/internal/version.Version=$1"; }

# bundle_version BUNDLE prints the version of a bundle.
bundle_version() { yaml get spec.version "$1"/manifests/*.clusterserviceversion.yaml; }

# image_tool builds bin/image, which makes images without a container engine.
image_tool() {
  mkdir -p bin
  (cd hack/image && CGO_ENABLED=0 go build -trimpath -buildvcs=false -o ../../bin/image .)
}

# registry_start serves a container registry on loopback, for what insists on pulling, and sets LOOPBACK to its address. It ends
# with the script.
registry_start() {
  local log crane
  log=$(mktemp)
  crane=$(hack/build.sh hack/tools/generate crane)/crane
  "$crane" registry serve --address 127.0.0.1:0 >"$log" 2>&1 &
  at_exit+=("kill $!" "rm -f $log")
  for _ in {1..100}; do
    if [[ $(<"$log") =~ serving\ on\ port\ ([0-9]+) ]]; then
      LOOPBACK=127.0.0.1:${BASH_REMATCH[1]}
      return 0
    fi
    sleep 0.1
  done
  echo "the registry on loopback does not start:" >&2
  cat "$log" >&2
  return 1
}
