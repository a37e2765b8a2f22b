package walk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"
)

// place is where a user sits: a folder, a kubeconfig and a PATH, and the cluster behind it.
type place struct {
	t                        *testing.T
	admin                    client.Client
	environment              *envtest.Environment
	folder, kubeconfig, path string
}

// of is the place for a part of the test.
func (p *place) of(t *testing.T) *place {
	here := *p
	here.t = t
	return &here
}

func newPlace(t *testing.T, environment *envtest.Environment, admin client.Client) *place {
	t.Helper()
	folder, bin := t.TempDir(), t.TempDir()
	user, err := environment.AddUser(envtest.User{Name: "user", Groups: []string{"system:masters"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	config, err := user.KubeConfig()
	if err != nil {
		t.Fatal(err)
	}
	itself, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, admin: admin, environment: environment, folder: folder, kubeconfig: filepath.Join(bin, "kubeconfig"),
		path: strings.Join([]string{bin, os.Getenv("KUBEBUILDER_ASSETS"), os.Getenv("PATH")}, string(os.PathListSeparator))}
	for name, content := range map[string]string{"kubeconfig": string(config), "kubectl-sei": "#!/bin/sh\n" + asPlugin + "=1 exec " + itself + " \"$@\"\n"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"dist", "config"} {
		at, err := filepath.Abs(filepath.Join(checkout, name))
		if err == nil {
			err = os.Symlink(at, filepath.Join(folder, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *place) write(name, content string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.folder, name), []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// become takes all SeiNodes away, with their CRD, and puts another in its place.
func (p *place) become(definition string) {
	p.t.Helper()
	p.shell("kubectl delete crd seinodes.sei.io")
	if _, err := envtest.InstallCRDs(p.environment.Config, envtest.CRDInstallOptions{Paths: []string{definition}, ErrorIfPathMissing: true}); err != nil {
		p.t.Fatal(err)
	}
}

// owned says, in a file, whose an object is: its kind and name.
const owned = "owned-by"

// load makes what a file has: owners first, and a bound volume for each claim.
func (p *place) load(file string) {
	p.t.Helper()
	if file == "" {
		return
	}
	content, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		p.t.Fatal(err)
	}
	made := map[string]*unstructured.Unstructured{}
	for text := range strings.SplitSeq(string(content), "\n---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil {
			p.t.Fatal(err)
		}
		p.make(object, made)
		made[object.GetKind()+"/"+object.GetName()] = object
	}
}

func (p *place) make(object *unstructured.Unstructured, made map[string]*unstructured.Unstructured) {
	p.t.Helper()
	annotations := object.GetAnnotations()
	if owner := made[annotations[owned]]; owner != nil {
		delete(annotations, owned)
		object.SetAnnotations(annotations)
		object.SetOwnerReferences([]metav1.OwnerReference{*metav1.NewControllerRef(owner, owner.GroupVersionKind())})
	}
	if object.GetKind() == "PersistentVolumeClaim" {
		p.give(object)
		return
	}
	if err := p.admin.Create(p.t.Context(), object); err != nil {
		p.t.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
}

// give makes a claim with a disk that a driver has made for it, so that its policy is Delete. Kubernetes' stand-in binds the two.
func (p *place) give(claim *unstructured.Unstructured) {
	p.t.Helper()
	size, one := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("25000Gi")}, []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: "pv-" + claim.GetName()},
		Spec: corev1.PersistentVolumeSpec{
			Capacity: size, AccessModes: one, PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			ClaimRef:               &corev1.ObjectReference{Namespace: claim.GetNamespace(), Name: claim.GetName()},
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "ebs.csi.aws.com", VolumeHandle: "vol-" + claim.GetName()}},
		},
	}
	typed := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: claim.GetNamespace(), Name: claim.GetName(), Labels: claim.GetLabels(), Annotations: claim.GetAnnotations(), OwnerReferences: claim.GetOwnerReferences()},
		Spec:       corev1.PersistentVolumeClaimSpec{AccessModes: one, StorageClassName: ptr.To(""), VolumeName: volume.Name, Resources: corev1.VolumeResourceRequirements{Requests: size}},
	}
	for _, object := range []client.Object{volume, typed} {
		if err := p.admin.Create(p.t.Context(), object); err != nil {
			p.t.Fatalf("%s: %v", object.GetName(), err)
		}
	}
	p.eventually("claim "+typed.Name+" is Bound", func() bool { return p.claim(typed.Name).Status.Phase == corev1.ClaimBound })
}

// claim is one that has to be there.
func (p *place) claim(name string) *corev1.PersistentVolumeClaim {
	p.t.Helper()
	claim := &corev1.PersistentVolumeClaim{}
	if err := p.admin.Get(p.t.Context(), client.ObjectKey{Namespace: "sei", Name: name}, claim); err != nil {
		p.t.Fatal(err)
	}
	return claim
}

// has says whether an object is there.
func (p *place) has(version, kind, name string) bool {
	object := &unstructured.Unstructured{}
	object.SetAPIVersion(version)
	object.SetKind(kind)
	return !apierrors.IsNotFound(p.admin.Get(p.t.Context(), client.ObjectKey{Namespace: namespaceOf(kind), Name: name}, object))
}

func namespaceOf(kind string) string {
	if kind == "CustomResourceDefinition" {
		return ""
	}
	return "sei"
}

func (p *place) eventually(what string, holds func() bool) {
	p.t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatal("it never came to this: " + what)
		}
	}
}
