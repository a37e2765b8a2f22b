package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/adopt"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// adoptFlags are those of the verb.
type adoptFlags struct {
	claim, volume, handle, driver, fsType, size, zone string
	snapshot, class                                   string
	name, mode, chain, image                          string
}

func (s *session) adopt() *cobra.Command {
	flags := &adoptFlags{}
	command := &cobra.Command{
		Use:   "adopt (--claim NAME | --pv NAME | --snapshot NAME | --volume-handle HANDLE --driver DRIVER --size SIZE) --name NODE --chain ID --image IMAGE",
		Short: "Print the manifests with which a volume that there is becomes a node's",
		Long: "adopt prints the manifests, in the order in which they are applied, as one YAML file with comments: PersistentVolume, PersistentVolumeClaim and SeiNode, as far as they\n" +
			"are missing. Of a volume whose claim is gone (phase Released) it prints the two patches, too, of a VolumeSnapshot the claim that is made of it. Nothing is written to the cluster.",
		Example: "  kubectl sei adopt --claim data-archive-0-0 --name archive-0 --chain pacific-1 --image ghcr.io/sei-protocol/sei:v6.6.2\n" +
			"  kubectl sei adopt --volume-handle vol-0123456789abcdef0 --driver ebs.csi.aws.com --size 25000Gi --zone eu-central-1a --name archive-0 --chain pacific-1 --image IMAGE",
		Args: exactly(0, "no name but those of its flags"),
	}
	command.RunE = func(command *cobra.Command, _ []string) error { return s.runAdopt(command.Context(), flags) }
	for name, flag := range map[string]struct {
		to            *string
		otherwise, is string
	}{
		"claim":         {&flags.claim, "", "a claim that there is"},
		"pv":            {&flags.volume, "", "a PersistentVolume that is Released or Available"},
		"volume-handle": {&flags.handle, "", "a disk that the cluster does not know yet, as its CSI driver names it"},
		"snapshot":      {&flags.snapshot, "", "a VolumeSnapshot, of which the claim begins as a copy"},
		"storage-class": {&flags.class, "", "with --snapshot: the claim's StorageClass, of the snapshot's driver; the cluster's default without it"},
		"driver":        {&flags.driver, "", "with --volume-handle: the CSI driver, such as ebs.csi.aws.com"},
		"size":          {&flags.size, "", "with --volume-handle: how large the disk is, such as 25000Gi; with --snapshot: how large the claim is to be, if not as large as what the snapshot was taken of"},
		"zone":          {&flags.zone, "", "with --volume-handle: the zone that the disk is in"},
		"fs-type":       {&flags.fsType, "", "with --volume-handle: the file system on the disk, such as xfs; the driver's own default without it"},
		"name":          {&flags.name, "", "the SeiNode's name"},
		"mode":          {&flags.mode, string(seiv1alpha1.ModeArchive), "the node's mode"},
		"chain":         {&flags.chain, "", "the chain ID"},
		"image":         {&flags.image, "", "the image that seid runs from"},
	} {
		command.Flags().StringVar(flag.to, name, flag.otherwise, flag.is)
	}
	s.addForms(command, manifests)
	return command
}

func (s *session) runAdopt(ctx context.Context, flags *adoptFlags) error {
	if err := flags.check(); err != nil {
		return err
	}
	access, err := s.Connect(s.config)
	if err != nil {
		return err
	}
	wanted, err := s.adopted(ctx, access, flags)
	if err != nil {
		return err
	}
	plan, err := adopt.Make(wanted)
	if err != nil {
		return coded{Refused, err}
	}
	return s.printPlan(plan)
}

// check says what is missing among the flags.
func (f *adoptFlags) check() error {
	sources := 0
	for _, source := range []string{f.claim, f.volume, f.handle, f.snapshot} {
		if source != "" {
			sources++
		}
	}
	switch {
	case sources != 1:
		return usage("adopt wants exactly one of --claim, --pv, --snapshot and --volume-handle")
	case f.name == "" || f.chain == "" || f.image == "":
		return usage("adopt wants --name, --chain and --image of the SeiNode")
	case f.class != "" && f.snapshot == "":
		return usage("--storage-class is for --snapshot: a volume that there is keeps its class")
	case f.handle != "" && (f.driver == "" || f.size == ""):
		return usage("--volume-handle wants --driver and --size, too")
	}
	return nil
}

// adopted is the node with what there is for it.
func (s *session) adopted(ctx context.Context, access cluster.Access, flags *adoptFlags) (wanted adopt.Wanted, err error) {
	claim := flags.claim
	if claim == "" {
		claim = "data-" + flags.name
	}
	node, err := importing(&preflightFlags{claim: claim, mode: flags.mode, chain: flags.chain}, access.Namespace)
	if err != nil {
		return wanted, coded{Usage, err}
	}
	node.TypeMeta = metav1.TypeMeta{APIVersion: seiv1alpha1.GroupVersion.String(), Kind: "SeiNode"}
	node.Name, node.Spec.Image = flags.name, flags.image
	wanted = adopt.Wanted{Node: node, Handle: flags.handle, Driver: flags.driver, FSType: flags.fsType, Zone: flags.zone}
	if flags.size != "" {
		if wanted.Size, err = resource.ParseQuantity(flags.size); err != nil {
			return wanted, usage("--size %q is not understood; wanted a quantity such as 25000Gi", flags.size)
		}
	}
	switch {
	case flags.handle != "":
	case flags.snapshot != "":
		err = snapshotted(ctx, access, flags, &wanted)
	case flags.claim != "":
		wanted.Claim, wanted.Volume, err = claimed(ctx, access, flags.claim)
	default:
		wanted.Volume, err = volumeNamed(ctx, access, flags.volume)
	}
	return wanted, err
}

// claimed is a claim and its volume, which the user may not be allowed to read.
func claimed(ctx context.Context, access cluster.Access, name string) (*corev1.PersistentVolumeClaim, *corev1.PersistentVolume, error) {
	claim := &corev1.PersistentVolumeClaim{}
	switch err := access.Client.Get(ctx, client.ObjectKey{Namespace: access.Namespace, Name: name}, claim); {
	case apierrors.IsNotFound(err):
		return nil, nil, fmt.Errorf("PVC %q does not exist in namespace %q", name, access.Namespace)
	case err != nil:
		return nil, nil, err
	case claim.Spec.VolumeName == "":
		return claim, nil, nil
	}
	volume, err := volumeNamed(ctx, access, claim.Spec.VolumeName)
	if apierrors.IsForbidden(err) {
		return claim, nil, nil
	}
	return claim, volume, err
}

func volumeNamed(ctx context.Context, access cluster.Access, name string) (*corev1.PersistentVolume, error) {
	volume := &corev1.PersistentVolume{}
	err := access.Client.Get(ctx, client.ObjectKey{Name: name}, volume)
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("PersistentVolume %q does not exist", name)
	}
	return volume, err
}
