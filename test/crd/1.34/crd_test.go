package crd_test

import (
	"testing"

	// The version in go.mod is what this module is for.
	_ "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"

	"github.com/seinode/seinode-operator/test/crd"
)

func TestKubernetes134(t *testing.T) { crd.Test(t, "../../..", "v0.34") }
