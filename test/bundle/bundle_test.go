// Package bundle_test holds the OLM bundle to what the operator promises: every validator of the Operator Framework that fits, and
// checks of our own on rights, images, descriptors and examples. What a check is worth, the mutations show.
package bundle_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/operator-framework/api/pkg/manifests"
	"github.com/operator-framework/api/pkg/operators/v1alpha1"
	"github.com/operator-framework/api/pkg/validation"
	apierrors "github.com/operator-framework/api/pkg/validation/errors"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// repository is the root of the checkout, and manifest the file that most checks speak of.
const (
	repository = "../.."
	manifest   = "manifests/seinode-operator.clusterserviceversion.yaml"
)

// bundle is a bundle as read from a directory that also holds bundle.Dockerfile.
type bundle struct {
	*manifests.Bundle
	root string
	crd  *apiextensionsv1.CustomResourceDefinition
}

// deployed is what OLM makes of the CSV: deployments and rights.
func (b *bundle) deployed() v1alpha1.StrategyDetailsDeployment {
	return b.CSV.Spec.InstallStrategy.StrategySpec
}

// check looks at one thing; nil means that it is as it should be. An error names file and field, found and wanted.
type check struct {
	name string
	of   func(*bundle) error
}

// readable is the name of the check that all the others stand on.
const readable = "the bundle can be read"

// The validators left out: MultipleArchitectures pulls the images with docker, OperatorHub and CommunityOperator are deprecated
// (the former split into OperatorHubV2 and the two Standard ones), PackageManifest is for the format before bundles, and
// OperatorGroup for an object that a user makes and no bundle holds.
var checks = []check{
	{"validator ClusterServiceVersion", validated(validation.ClusterServiceVersionValidator)},
	{"validator CustomResourceDefinition", validated(validation.CustomResourceDefinitionValidator)},
	{"validator Bundle", validated(validation.BundleValidator)},
	{"validator OperatorHubV2", validated(validation.OperatorHubV2Validator)},
	{"validator StandardCategories", validated(validation.StandardCategoriesValidator)},
	{"validator StandardCapabilities", validated(validation.StandardCapabilitiesValidator)},
	{"validator Object", validated(validation.ObjectValidator)},
	{"validator AlphaDeprecatedAPIs", validated(validation.AlphaDeprecatedAPIsValidator)},
	{"validator GoodPractices", validated(validation.GoodPracticesValidator)},

	{"volumes are only read", volumesAreOnlyRead},
	{"claims are never updated", claimsAreNeverUpdated},
	{"secrets are not read", secretsAreNotRead},
	{"no right is a wildcard", noRightIsAWildcard},
	{"cluster-wide rights are few", clusterRightsAreFew},

	{"the labels agree", labelsAgree},
	{"the channels", channels},
	{"the name is the version", nameIsTheVersion},
	{"all install modes", allInstallModes},
	{"the oldest Kubernetes", oldestKubernetes},
	{"one square icon", oneSquareIcon},
	{"the annotations", annotationsArePresent},

	{"related images", relatedImages},
	{"the container image", containerImage},
	{"requests and a memory limit", resourcesAreSet},
	{"restricted pods", podsAreRestricted},
	{"the platform's ConfigMap", platformConfig},

	{"every field has a descriptor", fieldsAreDescribed},
	{"every descriptor has a field", descriptorsExist},
	{"the examples fit the schema", examplesFit},
	{"the examples have a status", examplesHaveStatus},
	{"the CRD is the one of config", crdIsCurrent},

	{"forbidden kinds", forbiddenKinds},
	{"the size", sizeIsSmall},
}

func TestBundle(t *testing.T) {
	subject, err := read(repository)
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range checks {
		t.Run(check.name, func(t *testing.T) {
			if err := check.of(subject); err != nil {
				t.Error(err)
			}
		})
	}
}

// read reads root/bundle, which has to hold one CSV and one CRD.
func read(root string) (*bundle, error) {
	dir := filepath.Join(root, "bundle")
	parsed, err := manifests.GetBundleFromDir(dir)
	if err != nil {
		return nil, err
	}
	if len(parsed.V1CRDs) != 1 {
		return nil, fmt.Errorf("%s/manifests: found %d CustomResourceDefinitions of v1, wanted 1", dir, len(parsed.V1CRDs))
	}
	return &bundle{Bundle: parsed, root: root, crd: parsed.V1CRDs[0]}, nil
}

// validated makes a check of a validator. A warning counts like an error.
func validated(validator interface {
	Validate(...any) []apierrors.ManifestResult
}) func(*bundle) error {
	return func(b *bundle) error {
		options := map[string]string{"k8s-version": "1.37"}
		var found []error
		for _, result := range validator.Validate(append(b.ObjectsToValidate(), options)...) {
			for _, finding := range append(result.Errors, result.Warnings...) {
				found = append(found, finding)
			}
		}
		return errors.Join(found...)
	}
}
