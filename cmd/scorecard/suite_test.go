package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

const (
	// namespace and account are those of config/scorecard/rbac.yaml.
	namespace = "seinode-scorecard"
	account   = "system:serviceaccount:seinode-scorecard:scorecard"
	// asProgram makes the test binary be the program.
	asProgram = "SCORECARD_TEST_AS_PROGRAM"
)

var (
	// admin is what Kubernetes' own controllers and the stand-in operator use.
	admin client.Client
	// shipped is the ServiceAccount's configuration, with the rights that rbac.yaml gives it and no others.
	shipped *rest.Config
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(withAPI(m))
}

// withAPI runs the tests on a real API server with our CRD and rbac.yaml.
func withAPI(m *testing.M) int {
	log.SetLogger(logr.Discard())
	env := &envtest.Environment{CRDDirectoryPaths: []string{filepath.Join(root, "config", "crd", "bases")}, ErrorIfCRDPathMissing: true}
	config, err := env.Start()
	if err == nil {
		defer func() { _ = env.Stop() }()
		err = prepare(env, config)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

var root = filepath.Join("..", "..")

func prepare(env *envtest.Environment, config *rest.Config) (err error) {
	if err := seiv1alpha1.AddToScheme(scheme.Scheme); err != nil {
		return err
	}
	config.QPS, config.Burst = 500, 1000
	if admin, err = client.New(config, client.Options{Scheme: scheme.Scheme}); err != nil {
		return err
	}
	user, err := env.AddUser(envtest.User{Name: account, Groups: []string{"system:serviceaccounts"}}, &rest.Config{QPS: 500, Burst: 1000})
	if err != nil {
		return err
	}
	shipped = user.Config()
	return apply(filepath.Join(root, "config", "scorecard", "rbac.yaml"))
}

// apply creates every object of a file.
func apply(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	decoder := yaml.NewYAMLOrJSONDecoder(file, 4096)
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := admin.Create(context.Background(), object); err != nil {
			return err
		}
	}
}
