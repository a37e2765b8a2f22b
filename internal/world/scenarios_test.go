package world

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// scenario is a piece of a node's life. Every call that the operator makes in its acts is one that can go wrong.
type scenario struct {
	name string
	// before is what came before, and went well.
	before []deed
	// acts are what users do, one after the other, each once the world rests.
	acts []deed
}

// deed is what a user does.
type deed func(*play)

// scenarios are those of the matrix.
var scenarios = []scenario{
	{"init of an import", made("disk"), []deed{importing("a")}},
	{"init of an import whose claim comes later", nil, []deed{importing("a"), claimed("disk")}},
	{"init of a created claim", nil, []deed{creating("a")}},
	{"update", up(creating("a")), []deed{with("a", image("sei:v1"))}},
	{"update of an import", up(claimed("disk"), importing("a")), []deed{with("a", image("sei:v1"))}},
	{"pause, and no pause", up(creating("a")), []deed{with("a", paused(true)), with("a", paused(false))}},
	{"deletion", up(creating("a")), []deed{deleted("a")}},
	{"deletion that keeps the claim", up(creating("a")), []deed{with("a", retain), deleted("a")}},
	{"deletion of an import", up(claimed("disk"), importing("a")), []deed{deleted("a")}},
	{"claim replaced, and accepted", up(claimed("disk"), importing("a")), []deed{with("a", paused(true)), replaced, with("a", paused(false)), accepted("a")}},
	{"terminal, and mended", made("disk", sized("512Mi")), []deed{importing("a"), sized("1Gi")}},
	{"a policy, and none", up(creating("a")), []deed{with("a", policy(true)), with("a", policy(false))}},
	{"a validator with a key", nil, []deed{signing("a", "key-0")}},
	{"a validator with the key on its disk", nil, []deed{signing("a", "")}},
	{"a validator after another of its key", up(signing("a", "key-0")), []deed{signing("b", "copy-of-key-0"), deleted("a")}},
	{"an import after another of its claim", up(claimed("disk"), importing("a")), []deed{importing("b"), deleted("a")}},
	{"two imports of one claim at once", made("disk"), []deed{both(importing("a"), importing("b")), deleted("a")}},
	{"two validators of one key at once", made("data-a", claimed("data-b")), []deed{both(signingOn("data-a", "a", "key-0"), signingOn("data-b", "b", "copy-of-key-0")), deleted("a")}},
}

// up are deeds in the past.
func up(deeds ...deed) []deed { return deeds }

// made is a claim that was there, with what else happened.
func made(claim string, deeds ...deed) []deed { return append([]deed{claimed(claim)}, deeds...) }

func both(deeds ...deed) deed {
	return func(p *play) {
		for _, do := range deeds {
			do(p)
		}
	}
}

// claimed makes a claim. Kubernetes binds it.
func claimed(name string) deed { return func(p *play) { p.create(newClaim(name)) } }

// creating makes an archive with a claim of its own, importing one with the claim disk.
func creating(name string) deed {
	return func(p *play) { p.create(newNode([4]uint32{uint32(name[0] - 'a'), 0, 0, 0}, nil)) }
}

func importing(name string) deed {
	return func(p *play) { p.create(newNode([4]uint32{uint32(name[0] - 'a'), 0, 3, 2}, nil)) }
}

// signing makes a validator with a claim of its own, and the key in a Secret, or, for "", the one on its disk.
func signing(name, secret string) deed {
	return func(p *play) { p.create(validator(name, secret)) }
}

func validator(name, secret string) *seiv1alpha1.SeiNode {
	validator := &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: secret}}
	if secret == "" {
		validator.SigningKey = nil
	}
	return newNode([4]uint32{uint32(name[0] - 'a'), 2, 0, 0}, validator)
}

// signingOn makes a validator on a claim that is there.
func signingOn(claim, name, secret string) deed {
	return func(p *play) {
		node := validator(name, secret)
		node.Spec.DataVolume.Import = &seiv1alpha1.DataVolumeImport{PVCName: claim}
		p.create(node)
	}
}

func with(name string, how func(*seiv1alpha1.SeiNode)) deed {
	return func(p *play) { change(p.api, get[*seiv1alpha1.SeiNode](p.api.stored, name), how) }
}

func image(image string) func(*seiv1alpha1.SeiNode) {
	return func(n *seiv1alpha1.SeiNode) { n.Spec.Image = image }
}

func paused(is bool) func(*seiv1alpha1.SeiNode) {
	return func(n *seiv1alpha1.SeiNode) { n.Spec.Paused = ptr.To(is) }
}

func policy(is bool) func(*seiv1alpha1.SeiNode) {
	return func(n *seiv1alpha1.SeiNode) {
		n.Spec.NetworkPolicy = nil
		if is {
			n.Spec.NetworkPolicy = &seiv1alpha1.NetworkPolicySpec{}
		}
	}
}

func deleted(name string) deed {
	return func(p *play) {
		p.api.delete(get[*seiv1alpha1.SeiNode](p.api.stored, name), metav1.DeletePropagationBackground)
	}
}

// replaced puts another claim in the place of disk.
func replaced(p *play) {
	p.api.remove(get[*corev1.PersistentVolumeClaim](p.api.stored, "disk"))
	p.create(newClaim("disk"))
}

func accepted(name string) deed {
	return func(p *play) {
		claim := get[*corev1.PersistentVolumeClaim](p.api.stored, "disk")
		with(name, func(n *seiv1alpha1.SeiNode) {
			n.Annotations = map[string]string{seiv1alpha1.AnnotationAcceptClaimUID: string(claim.UID)}
		})(p)
	}
}

// sized has the claim disk, and its volume, be of a size.
func sized(size string) deed {
	is := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}
	return func(p *play) {
		p.bind()
		claim := get[*corev1.PersistentVolumeClaim](p.api.stored, "disk")
		change(p.api, get[*corev1.PersistentVolume](p.api.stored, claim.Spec.VolumeName), func(v *corev1.PersistentVolume) { v.Spec.Capacity = is })
		change(p.api, claim, func(c *corev1.PersistentVolumeClaim) { c.Status.Capacity = is })
	}
}
