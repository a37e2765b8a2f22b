package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/rand"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// labelPartOf with value partOf is on everything that the tests make, so that what a killed run left behind can be found.
const (
	labelPartOf = "app.kubernetes.io/part-of"
	partOf      = "seinode-scorecard"
)

// stage is what one test plays on: a volume, a claim bound to it and a SeiNode that imports the claim, all of one name.
type stage struct {
	client.Client
	*journal
	namespace, name string
	// patience is how long anything may take to happen, calm how long it has to stay as it is.
	patience, calm time.Duration
	made           []client.Object
}

// inCluster makes a stage in the pod's own cluster.
func inCluster(test string, logs *journal) (*stage, error) {
	namespace := os.Getenv("SCORECARD_NAMESPACE")
	if namespace == "" {
		return nil, errors.New("SCORECARD_NAMESPACE: found nothing, wanted the namespace to test in")
	}
	config, err := rest.InClusterConfig()
	if err != nil {
		return nil, err
	}
	return newStage(config, namespace, test, logs)
}

// newStage picks the name itself, and not the API server: volume and claim name each other, so both have to be known before.
func newStage(config *rest.Config, namespace, test string, logs *journal) (*stage, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), seiv1alpha1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	api, err := client.New(config, client.Options{Scheme: scheme})
	return &stage{
		Client: api, journal: logs, namespace: namespace, name: "scorecard-" + test + "-" + rand.String(8),
		patience: time.Minute, calm: 5 * time.Second,
	}, err
}

// add creates an object. It is remembered for clean even if that fails: the request may have arrived nevertheless.
func (s *stage) add(ctx context.Context, object client.Object) error {
	object.SetName(s.name)
	object.SetLabels(map[string]string{labelPartOf: partOf})
	s.made = append(s.made, object)
	if err := s.Create(ctx, object); err != nil {
		return fmt.Errorf("%s: found %w, wanted it created", s.title(object), err)
	}
	s.note("created %s", s.title(object))
	return nil
}

// clean deletes what was made, the last first, each only when what may use it is gone.
func (s *stage) clean(ctx context.Context) error {
	var found []error
	for _, object := range slices.Backward(s.made) {
		found = append(found, s.remove(ctx, object))
	}
	return errors.Join(found...)
}

// remove deletes an object, if it is there, and waits until it is gone.
func (s *stage) remove(ctx context.Context, object client.Object) error {
	if err := s.Delete(ctx, object); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("%s: found %w, wanted it deleted", s.title(object), err)
	}
	if err := s.await(ctx, func(ctx context.Context) error { return s.gone(ctx, object) }); err != nil {
		return err
	}
	s.note("%s is gone", s.title(object))
	return nil
}

func (s *stage) gone(ctx context.Context, object client.Object) error {
	err := s.Get(ctx, client.ObjectKeyFromObject(object), object)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: found it with finalizers %v, deleted at %v, wanted it gone", s.title(object), object.GetFinalizers(), object.GetDeletionTimestamp())
}

// title names an object in a message.
func (s *stage) title(object client.Object) string {
	kinds, _, err := s.Scheme().ObjectKinds(object)
	if err != nil {
		return object.GetName()
	}
	return kinds[0].Kind + " " + object.GetName()
}

// volume belongs to this test alone: no class provides it, and no other claim may bind it. Nothing ever mounts it, so its folder
// need not exist anywhere.
func (s *stage) volume(size string) *corev1.PersistentVolume {
	return &corev1.PersistentVolume{Spec: corev1.PersistentVolumeSpec{
		Capacity:                      corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)},
		AccessModes:                   []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
		ClaimRef:                      &corev1.ObjectReference{Namespace: s.namespace, Name: s.name},
		PersistentVolumeSource:        corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/tmp/" + s.name}},
	}}
}

func (s *stage) claim(size string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName: ptr.To(""),
			VolumeName:       s.name,
			Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}},
		},
	}
}

// node asks for a claim of at least that size, and for a machine that does not exist: its pod stays Pending, and mounts nothing.
func (s *stage) node(size string) *seiv1alpha1.SeiNode {
	return &seiv1alpha1.SeiNode{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace},
		Spec: seiv1alpha1.SeiNodeSpec{
			ChainID:      "scorecard-1",
			Image:        "scorecard.invalid/seid:never-pulled",
			Archive:      &seiv1alpha1.ArchiveSpec{},
			NodeSelector: map[string]string{"scorecard.sei.io/machine": "none"},
			DataVolume: &seiv1alpha1.DataVolumeSpec{
				Import: &seiv1alpha1.DataVolumeImport{PVCName: s.name},
				Size:   ptr.To(resource.MustParse(size)),
			},
		},
	}
}
