package cli

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/serializer"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// TestAdopt: what is printed, and that it is what the API server reads, field by field.
func TestAdopt(t *testing.T) {
	const node = " --name archive-9 --chain pacific-1 --image seid:v1"
	decoder := serializer.NewCodecFactory(cluster.Scheme, serializer.EnableStrict).UniversalDeserializer()
	for name, test := range map[string]struct {
		code int
		args string
	}{
		"adopt-claim":    {Fine, "adopt --claim data-free" + node},
		"adopt-risky":    {Fine, "adopt --claim data-full-1 --mode fullNode" + node},
		"adopt-released": {Fine, "adopt --pv pv-orphan" + node},
		"adopt-bound":    {Refused, "adopt --pv pv-free" + node},
		"adopt-disk":     {Fine, "adopt --volume-handle vol-9 --driver ebs.csi.aws.com --size 25000Gi --zone eu-central-1a --fs-type xfs" + node},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, unwritten(t, populated(t)), 0, strings.Fields(test.args)...)
			if got.code != test.code {
				t.Errorf("exit code %d, wanted %d", got.code, test.code)
			}
			golden(t, name, got.out+got.err)
			for _, document := range strings.Split("---\n"+got.out, "---\n")[1:] {
				if test.code != Fine || strings.HasPrefix(document, "# To be run before") || document == "" {
					continue
				}
				if _, _, err := decoder.Decode([]byte(document), nil, nil); err != nil {
					t.Errorf("%v in\n%s", err, document)
				}
			}
		})
	}
}

// TestAdoptUnderstands its flags.
func TestAdoptUnderstands(t *testing.T) {
	for args, test := range map[string]struct {
		code int
		says string
	}{
		"adopt":                  {Usage, "exactly one of --claim, --pv and --volume-handle"},
		"adopt --claim a --pv b": {Usage, "exactly one of"},
		"adopt --claim a":        {Usage, "wants --name, --chain and --image"},
		"adopt --volume-handle a --name b --chain c --image d":                     {Usage, "wants --driver and --size"},
		"adopt --volume-handle a --name b --chain c --image d --driver e --size f": {Usage, `--size "f" is not understood`},
		"adopt --claim nothing --name b --chain c --image d":                       {Failed, `PVC "nothing" does not exist`},
		"adopt --pv nothing --name b --chain c --image d":                          {Failed, `PersistentVolume "nothing" does not exist`},
		"adopt --claim data-free --name b --chain c --image d --mode queen":        {Usage, `unknown mode "queen"`},
	} {
		if got := run(t, unwritten(t, populated(t)), 80, strings.Fields(args)...); got.code != test.code || !strings.Contains(got.err, test.says) || strings.Count(got.err, "\n") != 1 {
			t.Errorf("%s: exit code %d, %s", args, got.code, got.err)
		}
	}
}
