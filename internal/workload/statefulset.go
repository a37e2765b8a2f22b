package workload

import (
	"cmp"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
)

const (
	// A seid that is killed while it writes can corrupt its databases. 120 s is what the field settled on, and archives,
	// whose databases are ten times the size, get 300 s.
	graceSeconds        = 120
	archiveGraceSeconds = 300
	// A seed ends neither on SIGTERM nor on SIGINT (seid v6.6.2): it is killed in any case, and keeps nothing but addresses of peers. This
	// is for a version that does end.
	seedGraceSeconds = 10
)

// StatefulSet builds the node's StatefulSet on the claim. It has no volumeClaimTemplates: one of the same name would silently take
// the place of the claim. Its update strategy is OnDelete, since RollingUpdate never replaces a pod that is not ready, and a node that
// halted for an upgrade is never ready.
func StatefulSet(in Inputs) *appsv1.StatefulSet {
	set := &appsv1.StatefulSet{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"},
		ObjectMeta: objectMeta(in.Node),
		Spec: appsv1.StatefulSetSpec{
			ServiceName:    in.Node.Name,
			Selector:       &metav1.LabelSelector{MatchLabels: SelectorLabels(in.Node)},
			UpdateStrategy: appsv1.StatefulSetUpdateStrategy{Type: appsv1.OnDeleteStatefulSetStrategyType},
		},
	}
	stamp(set, set.Spec) // without the template, which has a mark of its own, and without replicas: a pause is no other StatefulSet
	run := asRun(in.Node)
	set.Annotations[seiv1alpha1.AnnotationAsked] = askedFor(run, in.Peers.Shields)
	set.Annotations[seiv1alpha1.AnnotationAskedData] = askedOfData(run)
	set.Annotations[seiv1alpha1.AnnotationShields] = shieldsNote(in.Peers.Shields)
	set.Annotations[seiv1alpha1.AnnotationRollout] = rollout(in.Node)
	set.Annotations[seiv1alpha1.AnnotationClaimUID] = string(in.ClaimUID)
	set.Annotations[seiv1alpha1.AnnotationReached] = ReachedBy(in.Node)
	run = shielding(run, in.Peers.Shields)
	alone := podTemplate(run, in.ClaimName, in.Platform)
	set.Spec.Template = podTemplate(trusting(dialling(run, in.Peers.Dial), in.Peers.Witnesses), in.ClaimName, in.Platform)
	setMark(set, markOf(&alone, in.Peers))
	if in.Reservation != "" {
		set.Spec.Template.Annotations[seiv1alpha1.AnnotationReservation] = in.Reservation
	}
	if in.ImageUntil != nil {
		setImageUntil(&set.Spec.Template, *in.ImageUntil)
	}
	set.Spec.Replicas = &in.Replicas
	return set
}

func podTemplate(node *seiv1alpha1.SeiNode, claimName string, config platform.Config) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: podLabels(node), Annotations: node.Spec.PodAnnotations},
		Spec: corev1.PodSpec{
			AutomountServiceAccountToken:  ptr.To(false),
			EnableServiceLinks:            ptr.To(false),
			TerminationGracePeriodSeconds: ptr.To(gracePeriod(node)),
			SecurityContext:               podSecurity(node),
			ImagePullSecrets:              orDefault(node.Spec.ImagePullSecrets, config.Images.PullSecrets),
			NodeSelector:                  nodeSelector(node, config),
			Tolerations:                   orDefault(node.Spec.Tolerations, config.Scheduling.Tolerations),
			Affinity:                      affinity(node, config),
			TopologySpreadConstraints:     orDefault(node.Spec.TopologySpreadConstraints, config.Scheduling.TopologySpreadConstraints),
			PriorityClassName:             cmp.Or(ptr.Deref(node.Spec.PriorityClassName, ""), config.Scheduling.PriorityClassName),
			ServiceAccountName:            ptr.Deref(node.Spec.ServiceAccountName, ""),
			InitContainers:                initContainers(node, config),
			Containers:                    []corev1.Container{seidContainer(node, config)},
			Volumes:                       volumes(node, claimName),
		},
	}
}

func gracePeriod(node *seiv1alpha1.SeiNode) int64 {
	if node.Spec.TerminationGracePeriodSeconds != nil {
		return *node.Spec.TerminationGracePeriodSeconds
	}
	switch node.Mode() {
	case seiv1alpha1.ModeArchive:
		return archiveGraceSeconds
	case seiv1alpha1.ModeSeed:
		return seedGraceSeconds
	}
	return graceSeconds
}

func resources(node *seiv1alpha1.SeiNode, config platform.Config) corev1.ResourceRequirements {
	if node.Spec.Resources != nil {
		return *node.Spec.Resources
	}
	return config.Modes[node.Mode()].Resources
}

func nodeSelector(node *seiv1alpha1.SeiNode, config platform.Config) map[string]string {
	if len(node.Spec.NodeSelector) > 0 {
		return node.Spec.NodeSelector
	}
	return config.Scheduling.NodeSelector
}

func orDefault[T any](own, fallback []T) []T {
	if len(own) > 0 {
		return own
	}
	return fallback
}
