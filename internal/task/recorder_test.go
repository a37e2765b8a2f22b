package task_test

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// recorder is a writer that changes nothing, and keeps the body of the last patch in sent.
func recorder(sent *string) client.Writer {
	return interceptor.NewClient(fake.NewFakeClient(), interceptor.Funcs{
		Patch: func(_ context.Context, _ client.WithWatch, object client.Object, patch client.Patch, _ ...client.PatchOption) error {
			body, err := patch.Data(object)
			*sent = string(body)
			return err
		},
	})
}
