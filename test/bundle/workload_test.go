package bundle_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// container is one of a pod that OLM will start.
type container struct {
	corev1.Container
	pod corev1.PodSpec
}

func containersOf(b *bundle) (all []container) {
	for _, deployment := range b.deployed().DeploymentSpecs {
		pod := deployment.Spec.Template.Spec
		for _, each := range slices.Concat(pod.InitContainers, pod.Containers) {
			all = append(all, container{each, pod})
		}
	}
	return all
}

// forEach asks a question about every container; at least one is wanted.
func forEach(b *bundle, ask func(container) error) error {
	all := containersOf(b)
	if len(all) == 0 {
		return fmt.Errorf("%s: install.spec.deployments: found no container, wanted the manager", manifest)
	}
	var found []error
	for _, each := range all {
		found = append(found, ask(each))
	}
	return errors.Join(found...)
}

// relatedImages are what a mirror for a disconnected cluster copies: an image that is missing there is missing later.
func relatedImages(b *bundle) error {
	wanted, found := map[string]string{}, map[string]string{}
	for _, each := range containersOf(b) {
		for _, variable := range each.Env {
			if name, is := strings.CutPrefix(variable.Name, "RELATED_IMAGE_"); is {
				wanted[strings.ToLower(strings.ReplaceAll(name, "_", "-"))] = variable.Value
			}
		}
	}
	for _, image := range b.CSV.Spec.RelatedImages {
		found[image.Name] = image.Image
	}
	return same(manifest+": spec.relatedImages", found, wanted)
}

func containerImage(b *bundle) error {
	for _, each := range containersOf(b) {
		if each.Name == "manager" {
			return same(manifest+": metadata.annotations.containerImage", b.CSV.Annotations["containerImage"], each.Image)
		}
	}
	return fmt.Errorf("%s: install.spec.deployments: found no container manager", manifest)
}

func resourcesAreSet(b *bundle) error {
	return forEach(b, func(c container) error {
		requests, limits := c.Resources.Requests, c.Resources.Limits
		if requests.Cpu().IsZero() || requests.Memory().IsZero() || limits.Memory().IsZero() {
			return fmt.Errorf("%s: container %s: found requests %v and limits %v, wanted requests of cpu and memory, and a limit of memory",
				manifest, c.Name, requests, limits)
		}
		return nil
	})
}

// podsAreRestricted asks for what the Pod Security Standard "restricted" does, and for a read-only root.
func podsAreRestricted(b *bundle) error {
	return forEach(b, func(c container) error {
		pod, own := ptr.Deref(c.pod.SecurityContext, corev1.PodSecurityContext{}), ptr.Deref(c.SecurityContext, corev1.SecurityContext{})
		place := manifest + ": container " + c.Name + ": "
		return errors.Join(
			same(place+"seccompProfile.type", profileOf(pod, own), corev1.SeccompProfileTypeRuntimeDefault),
			same(place+"runAsNonRoot", ptr.Deref(cmp.Or(own.RunAsNonRoot, pod.RunAsNonRoot), false), true),
			same(place+"readOnlyRootFilesystem", ptr.Deref(own.ReadOnlyRootFilesystem, false), true),
			same(place+"allowPrivilegeEscalation", ptr.Deref(own.AllowPrivilegeEscalation, true), false),
			same(place+"privileged", ptr.Deref(own.Privileged, false), false),
			same(place+"capabilities", ptr.Deref(own.Capabilities, corev1.Capabilities{}), corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}),
			same(place+"host namespaces", c.pod.HostNetwork || c.pod.HostPID || c.pod.HostIPC, false),
		)
	})
}

// profileOf is the container's profile, or the pod's where it has none.
func profileOf(pod corev1.PodSecurityContext, own corev1.SecurityContext) corev1.SeccompProfileType {
	return ptr.Deref(cmp.Or(own.SeccompProfile, pod.SeccompProfile), corev1.SeccompProfile{}).Type
}

// The manager reads the platform's defaults from a ConfigMap that users make by this name. The mount is optional: another name would
// be overlooked in silence.
func platformConfig(b *bundle) error {
	found := []string{}
	for _, each := range containersOf(b) {
		for _, volume := range each.pod.Volumes {
			if volume.ConfigMap != nil {
				found = append(found, fmt.Sprint(volume.ConfigMap.Name, " optional=", ptr.Deref(volume.ConfigMap.Optional, false)))
			}
		}
	}
	return same(manifest+": mounted ConfigMaps", found, []string{"seinode-platform-config optional=true"})
}
