package task_test

import (
	"context"
	"fmt"

	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// recorder is a writer that changes nothing, and keeps the body of the last patch in sent, or the UID and version that a deletion names.
func recorder(sent *string) client.Writer {
	return interceptor.NewClient(fake.NewFakeClient(), interceptor.Funcs{
		Patch: func(_ context.Context, _ client.WithWatch, object client.Object, patch client.Patch, _ ...client.PatchOption) error {
			body, err := patch.Data(object)
			*sent = string(body)
			return err
		},
		Delete: func(_ context.Context, _ client.WithWatch, _ client.Object, options ...client.DeleteOption) error {
			asked := (&client.DeleteOptions{}).ApplyOptions(options)
			*sent = fmt.Sprintf("%s/%s", ptr.Deref(asked.Preconditions.UID, ""), ptr.Deref(asked.Preconditions.ResourceVersion, ""))
			return nil
		},
	})
}
