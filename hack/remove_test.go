// Package hack_test tests what of the scripts could lose somebody's data.
package hack_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// kubectl stands in for the cluster: it notes what it was asked, and answers by what is asked for.
const kubectl = `#!/usr/bin/env bash
echo "$*" >>"$ASKED"
case "$*" in
  "get crd "*) echo -n "$CRD"; exit ${FAILS:-0} ;;
  "get seinodes"*) echo -n "$SEINODES"; exit ${LISTFAILS:-0} ;;
esac
`

// TestUninstallAndUndeployRefuse: deleting the CRD deletes every SeiNode, and the data of those that created their claim.
func TestUninstallAndUndeployRefuse(t *testing.T) {
	const crd = "CRD=customresourcedefinition.apiextensions.k8s.io/seinodes.sei.io"
	for name, test := range map[string]struct {
		variables []string
		says      string
	}{
		"while there are SeiNodes":       {[]string{crd, "SEINODES=SeiNode sei/archive-0"}, "SeiNode sei/archive-0"},
		"whatever FORCE is but 1":        {[]string{crd, "SEINODES=SeiNode sei/archive-0", "FORCE=no"}, "make uninstall FORCE=1"},
		"while nobody can say":           {[]string{"FAILS=1"}, "cannot be said"},
		"while SeiNodes cannot be asked": {[]string{crd, "LISTFAILS=1"}, "cannot be said"},
	} {
		for _, part := range []string{"crd", "operator"} {
			t.Run(part+" "+name, func(t *testing.T) { refuses(t, part, test.variables, test.says) })
		}
	}
}

func refuses(t *testing.T, part string, variables []string, says string) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "kubectl"), []byte(kubectl), 0o700); err != nil {
		t.Fatal(err)
	}
	asked := filepath.Join(bin, "asked")
	script := exec.Command("./remove.sh", part)
	script.Env = append(append(os.Environ(), "FORCE="), append(variables, "ASKED="+asked, "PATH="+bin+":"+os.Getenv("PATH"))...)
	said, err := script.CombinedOutput()
	if err == nil || !strings.Contains(string(said), says) {
		t.Errorf("found %v and\n%s\nwanted a refusal that says %q", err, said, says)
	}
	if text, err := os.ReadFile(asked); err != nil || strings.Contains(string(text), "delete") {
		t.Errorf("%v, kubectl was asked:\n%s", err, text)
	}
}
