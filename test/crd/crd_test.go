package crd_test

import (
	"testing"

	"github.com/seinode/seinode-operator/test/crd"
)

func TestKubernetes129(t *testing.T) { crd.Test(t, "../..", "v0.29") }
