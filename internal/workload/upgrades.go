package workload

import (
	"encoding/json"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
)

// ReachedUpgrades are those that a StatefulSet notes; what is not understood notes none.
func ReachedUpgrades(set Object) []seiv1alpha1.ReachedUpgrade {
	var reached []seiv1alpha1.ReachedUpgrade
	if json.Unmarshal([]byte(set.GetAnnotations()[seiv1alpha1.AnnotationReached]), &reached) != nil {
		return nil
	}
	for i := range reached {
		reached[i].Snapshot = understoodSnapshot(reached[i].Snapshot)
	}
	return slices.DeleteFunc(reached, func(upgrade seiv1alpha1.ReachedUpgrade) bool {
		return upgrade.Name == "" || len(upgrade.Name) > 64 || upgrade.Height < 1 // what the status would be refused for
	})
}

// ReachedBy is what a StatefulSet notes of the upgrades that its node has reached, "" for none.
func ReachedBy(node *seiv1alpha1.SeiNode) string {
	if len(node.Reached()) == 0 {
		return ""
	}
	text, err := json.Marshal(node.Reached())
	if err != nil {
		panic(err) // names, numbers and times always marshal
	}
	return string(text)
}

// setImageUntil notes that seid has not begun on the claim, and has inspect, and what brings data, keep it from data of the height or above, 0 for none. It is no other template: it
// comes and goes with the first start, and replaces no pod.
func setImageUntil(template *corev1.PodTemplateSpec, until int64) {
	height := strconv.FormatInt(until, 10)
	template.Annotations[seiv1alpha1.AnnotationImageUntil] = height
	for i := range template.Spec.InitContainers {
		judge := &template.Spec.InitContainers[i]
		if until > 0 && (judge.Name == ContainerInspect || judge.Name == ContainerBootstrap) {
			home := homeMount()
			home.ReadOnly = true
			judge.Args = append(judge.Args, "--image-until", height, "--begun", seid.Home)
			judge.VolumeMounts = append(judge.VolumeMounts, home)
		}
	}
}

// ImageUntil is the height from which on inspect keeps the image of a pod, or of those of a template, from the data; 0 for none.
func ImageUntil(meta interface{ GetAnnotations() map[string]string }) int64 {
	until, err := strconv.ParseInt(meta.GetAnnotations()[seiv1alpha1.AnnotationImageUntil], 10, 64)
	if err != nil {
		return 0
	}
	return until
}

// AsksForImage says whether a pod, or those of a template, are of the first start on a claim.
func AsksForImage(meta interface{ GetAnnotations() map[string]string }) bool {
	return meta.GetAnnotations()[seiv1alpha1.AnnotationImageUntil] != ""
}

// asRun is the node with the image that its pod is to run, and without the upgrades that say so: what is listed for later, how the node gets ready for it, and
// what is done beside it, ask for no other pod now.
func asRun(node *seiv1alpha1.SeiNode) *seiv1alpha1.SeiNode {
	run := node.DeepCopy()
	run.Spec.Image, run.Spec.Upgrades, run.Spec.UpgradePolicy = node.Image(), nil, nil
	return run
}
