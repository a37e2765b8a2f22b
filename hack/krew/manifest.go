package main

import (
	"fmt"

	versions "k8s.io/apimachinery/pkg/util/version"

	"github.com/seinode/seinode-operator/internal/reference"
)

// plugin is krew's manifest.
type plugin struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   metadata `json:"metadata"`
	Spec       spec     `json:"spec"`
}

type metadata struct {
	Name string `json:"name"`
}

type spec struct {
	Version          string         `json:"version"`
	Homepage         string         `json:"homepage"`
	ShortDescription string         `json:"shortDescription"`
	Description      string         `json:"description"`
	Caveats          string         `json:"caveats"`
	Platforms        []installation `json:"platforms"`
}

// installation is how the plugin is installed on a platform. All files of the archive are.
type installation struct {
	Selector selector `json:"selector"`
	URI      string   `json:"uri"`
	SHA256   string   `json:"sha256"`
	Bin      string   `json:"bin"`
}

type selector struct {
	MatchLabels map[string]string `json:"matchLabels"`
}

// manifestOf is the manifest of a release, without its platforms yet.
func manifestOf(version string) (plugin, error) {
	if _, err := versions.ParseSemantic(version); err != nil || version[0] == 'v' {
		return plugin{}, fmt.Errorf("-version is %q; wanted a semantic version such as 0.1.0", version)
	}
	return plugin{
		APIVersion: "krew.googlecontainertools.github.com/v1alpha2", Kind: "Plugin", Metadata: metadata{"sei"},
		Spec: spec{Version: "v" + version, Homepage: reference.Home, ShortDescription: "Explain, check and adopt nodes of Sei chains", Description: description, Caveats: caveats},
	}, nil
}

// add adds a platform, by the checksum of its archive.
func (p *plugin) add(on platform, sum string) {
	p.Spec.Platforms = append(p.Spec.Platforms, installation{
		Selector: selector{map[string]string{"os": on.os, "arch": on.arch}},
		URI:      fmt.Sprintf("%s/releases/download/%s/%s", reference.Home, p.Spec.Version, on.archive(p.Spec.Version)),
		SHA256:   sum, Bin: on.binary(),
	})
}

// krew's own check wants lines of at most 80 characters in both.
const (
	description = `Looks at SeiNodes, the nodes of Sei chains that the SeiNode operator runs, with
your own rights: why a node is as it is and what to do, how far each node of a
fleet is behind, and whether a manifest or a volume would be taken, by the
operator's own rules, before anything exists. It prints the manifests with which
a volume that there is becomes a node's, and lets go of a node's volume without
touching it. Nothing is written to the cluster but by verbs that say so.
`
	caveats = `The cluster needs the SeiNode operator's CRD. For completion in your shell, on
Linux and macOS, put the script of the archive into your PATH:
  install "${KREW_ROOT:-$HOME/.krew}"/store/sei/*/kubectl_complete-sei \
    "${KREW_ROOT:-$HOME/.krew}"/bin/
`
)
