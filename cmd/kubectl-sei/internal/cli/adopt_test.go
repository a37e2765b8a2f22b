package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/internal/workload"
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
		"adopt-copy":     {Fine, "adopt --snapshot snapshot-1" + node},
		"adopt-waits":    {Fine, "adopt --snapshot snapshot-2 --storage-class late --size 40Ti" + node},
		"adopt-signer":   {Refused, "adopt --snapshot snapshot-1 --mode validator" + node},
		"adopt-failed":   {Refused, "adopt --snapshot snapshot-3 --size 1Ti" + node},
		"adopt-small":    {Refused, "adopt --snapshot snapshot-1 --size 1Ti" + node},
		"adopt-disk":     {Fine, "adopt --volume-handle vol-9 --driver ebs.csi.aws.com --size 25000Gi --zone eu-central-1a --fs-type xfs" + node},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, unwritten(t, withSnapshots(t, populated(t))), 0, strings.Fields(test.args)...)
			if got.code != test.code {
				t.Errorf("exit code %d, wanted %d", got.code, test.code)
			}
			golden(t, name, got.out+got.err)
			for _, document := range strings.Split("---\n"+got.out, "---\n")[1:] {
				if test.code != Fine || strings.HasPrefix(document, "# To be done before") || document == "" {
					continue
				}
				if _, _, err := decoder.Decode([]byte(document), nil, nil); err != nil {
					t.Errorf("%v in\n%s", err, document)
				}
			}
		})
	}
}

// withSnapshots adds three VolumeSnapshots: one that is ready, one that is on its way, and one that failed; and two classes, the default and one that binds late.
func withSnapshots(t *testing.T, on client.WithWatch) client.WithWatch {
	t.Helper()
	objects := []client.Object{
		&storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "at-once", Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}}, Provisioner: "d"},
		&storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "late"}, Provisioner: "d", VolumeBindingMode: ptr.To(storagev1.VolumeBindingWaitForFirstConsumer)},
	}
	for name, status := range map[string]map[string]any{
		"snapshot-1": {"readyToUse": true, "restoreSize": "30Ti", "creationTime": "2026-11-27T00:00:00Z"},
		"snapshot-2": {"readyToUse": false, "creationTime": "2026-11-27T00:00:00Z"},
		"snapshot-3": {"readyToUse": false, "error": map[string]any{"message": "the disk is away"}},
	} {
		snapshot := workload.NewVolumeSnapshot()
		snapshot.SetNamespace("sei")
		snapshot.SetName(name)
		snapshot.Object["status"] = status
		objects = append(objects, snapshot)
	}
	for _, object := range objects {
		if err := on.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	return on
}

// TestManifestsAsJSON are one List that kubectl applies, and what is to be done before is on the other stream.
func TestManifestsAsJSON(t *testing.T) {
	for args, kinds := range map[string][]string{
		"adopt --pv pv-orphan --name archive-9 --chain pacific-1 --image seid:v1 -o json": {"PersistentVolumeClaim", "SeiNode"},
		"export full-1 -o json": {"PersistentVolume", "PersistentVolumeClaim", "SeiNode"},
	} {
		got := run(t, unwritten(t, populated(t)), 0, strings.Fields(args)...)
		list := struct {
			Kind  string
			Items []metav1.PartialObjectMetadata
		}{}
		if err := json.Unmarshal([]byte(got.out), &list); err != nil || list.Kind != "List" || got.code != Fine {
			t.Errorf("%s: exit code %d, %v, %s", args, got.code, err, got.out)
		}
		found := []string{}
		for _, item := range list.Items {
			found = append(found, item.Kind)
		}
		if !slices.Equal(found, kinds) || !strings.HasPrefix(got.err, "# To be done before this is applied:\n") {
			t.Errorf("%s: %v, wanted %v; %s", args, found, kinds, got.err)
		}
	}
}

// TestAdoptUnderstands its flags.
func TestAdoptUnderstands(t *testing.T) {
	for args, test := range map[string]struct {
		code int
		says string
	}{
		"adopt":                  {Usage, "exactly one of --claim, --pv, --snapshot and --volume-handle"},
		"adopt --claim a --pv b": {Usage, "exactly one of"},
		"adopt --claim a":        {Usage, "wants --name, --chain and --image"},
		"adopt --volume-handle a --name b --chain c --image d":                       {Usage, "wants --driver and --size"},
		"adopt --volume-handle a --name b --chain c --image d --driver e --size f":   {Usage, `--size "f" is not understood`},
		"adopt --snapshot nothing --name b --chain c --image d":                      {Failed, `VolumeSnapshot "nothing" does not exist in namespace "sei"`},
		"adopt --snapshot snapshot-2 --name b --chain c --image d":                   {Usage, `VolumeSnapshot "snapshot-2" does not say how large it is; wanted --size`},
		"adopt --snapshot snapshot-1 --storage-class x --name b --chain c --image d": {Failed, `StorageClass "x" does not exist`},
		"adopt --claim a --storage-class x --name b --chain c --image d":             {Usage, "--storage-class is for --snapshot"},
		"adopt --claim a --name b --chain c --image d -o table":                      {Usage, `unknown output "table"; wanted one of yaml, json`},
		"adopt --claim nothing --name b --chain c --image d":                         {Failed, `PVC "nothing" does not exist`},
		"adopt --pv nothing --name b --chain c --image d":                            {Failed, `PersistentVolume "nothing" does not exist`},
		"adopt --claim data-free --name b --chain c --image d --mode queen":          {Usage, `unknown mode "queen"`},
	} {
		if got := run(t, unwritten(t, withSnapshots(t, populated(t))), 80, strings.Fields(args)...); got.code != test.code || !strings.Contains(got.err, test.says) || strings.Count(got.err, "\n") != 1 {
			t.Errorf("%s: exit code %d, %s", args, got.code, got.err)
		}
	}
}
