package main

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

const (
	chain = "pacific-1"
	// podsEach is how many pods a machine has room for.
	podsEach = 100
	// hands is how many requests are made at once.
	hands = 64
)

// each does something for each number below n, many at once, and returns the first error.
func each(ctx context.Context, n int, do func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range min(hands, n) {
		workers.Go(func() {
			for i := range numbers {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
	return context.Cause(ctx)
}

func (p *plane) namespace(ctx context.Context, name string) error {
	return p.k8s.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
}

// machines makes as many as n pods need.
func (p *plane) machines(ctx context.Context, n int) error {
	return each(ctx, n/podsEach+1, func(ctx context.Context, i int) error {
		return p.k8s.Create(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: machine(i)}})
	})
}

func machine(i int) string { return fmt.Sprintf("machine-%04d", i) }

func nodeName(i int) string { return fmt.Sprintf("node-%05d", i) }

var size = resource.MustParse("10Gi")

// claim makes the claim of a node, which nothing binds yet.
func (p *plane) claim(ctx context.Context, namespace, name string) (*corev1.PersistentVolumeClaim, error) {
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: ptr.To(""),
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: size}},
		},
	}
	return claim, p.k8s.Create(ctx, claim)
}

// bind binds a claim to a volume of its own, as Kubernetes' controller does. Its last write is the claim's status.
func (p *plane) bind(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: claim.Namespace + "-" + claim.Name},
		Spec: corev1.PersistentVolumeSpec{
			Capacity: corev1.ResourceList{corev1.ResourceStorage: size}, AccessModes: claim.Spec.AccessModes,
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
			PersistentVolumeSource:        corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "csi.example.com", VolumeHandle: string(claim.UID)}},
			ClaimRef:                      &corev1.ObjectReference{Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
		},
	}
	if err := p.k8s.Create(ctx, volume); err != nil {
		return err
	}
	volume.Status.Phase = corev1.VolumeBound
	if err := p.k8s.Status().Update(ctx, volume); err != nil {
		return err
	}
	claim.Spec.VolumeName = volume.Name
	if err := p.k8s.Update(ctx, claim); err != nil {
		return err
	}
	claim.Status = corev1.PersistentVolumeClaimStatus{
		Phase: corev1.ClaimBound, AccessModes: claim.Spec.AccessModes, Capacity: corev1.ResourceList{corev1.ResourceStorage: size},
	}
	return p.k8s.Status().Update(ctx, claim)
}

// volumes makes bound claims for n nodes.
func (p *plane) volumes(ctx context.Context, namespace string, n int) error {
	return each(ctx, n, func(ctx context.Context, i int) error {
		claim, err := p.claim(ctx, namespace, nodeName(i))
		if err != nil {
			return err
		}
		return p.bind(ctx, claim)
	})
}

// apply makes the SeiNodes from one number up to another, each of which imports the claim of its name.
func (p *plane) apply(ctx context.Context, namespace string, from, to int) error {
	return each(ctx, to-from, func(ctx context.Context, i int) error {
		name := nodeName(from + i)
		return p.k8s.Create(ctx, &seiv1alpha1.SeiNode{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
			Spec: seiv1alpha1.SeiNodeSpec{
				ChainID: chain, Image: "sei:v1", FullNode: &seiv1alpha1.FullNodeSpec{},
				DataVolume: &seiv1alpha1.DataVolumeSpec{Size: &size, Import: &seiv1alpha1.DataVolumeImport{PVCName: name}},
			},
		})
	})
}

// foreign makes n pods, claims and volumes that are nobody's of ours, as large as such objects are.
func (p *plane) foreign(ctx context.Context, namespace string, n int) error {
	if err := p.namespace(ctx, namespace); err != nil {
		return err
	}
	if err := p.volumes(ctx, namespace, n); err != nil {
		return err
	}
	return each(ctx, n, func(ctx context.Context, i int) error {
		return p.k8s.Create(ctx, foreignPod(namespace, nodeName(i)))
	})
}

func foreignPod(namespace, claim string) *corev1.Pod {
	var env []corev1.EnvVar
	for i := range 30 {
		env = append(env, corev1.EnvVar{Name: fmt.Sprintf("SETTING_%02d", i), Value: "a value of some length, as settings have it"})
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: "pod-" + claim, Labels: map[string]string{"app": "foreign", "pod-template-hash": "0123456789"},
			Annotations: map[string]string{"example.com/checksum": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
		},
		Spec: corev1.PodSpec{
			NodeName: machine(0), TerminationGracePeriodSeconds: ptr.To[int64](0),
			Containers: []corev1.Container{{Name: "main", Image: "foreign:v1", Env: env, VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}}}},
			Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{
				ClaimName: claim,
			}}}},
		},
	}
}

// setReady does what the kubelet does when a pod's readiness probe turns.
func (p *plane) setReady(ctx context.Context, pod *corev1.Pod, ready corev1.ConditionStatus) error {
	before := pod.DeepCopy()
	for i := range pod.Status.Conditions {
		if condition := &pod.Status.Conditions[i]; condition.Type == corev1.PodReady {
			condition.Status, condition.LastTransitionTime = ready, metav1.Now()
		}
	}
	return p.k8s.Status().Patch(ctx, pod, client.StrategicMergeFrom(before))
}
