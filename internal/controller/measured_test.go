package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/telemetry"
)

// A cache that is not filled yet tells of no node, and one that is tells of each, for as long as it is there.
var _ = It("The series of a SeiNode come and go with it", func(ctx context.Context) {
	manager, err := emptyManager(api.operator, nil)
	Expect(err).NotTo(HaveOccurred())
	told := prometheus.NewRegistry()
	told.MustRegister(telemetry.NewNodes(manager.GetCache()))
	reasons := func() (reasons []string) {
		families, err := told.Gather()
		Expect(err).NotTo(HaveOccurred())
		for _, family := range families {
			for _, metric := range family.GetMetric() {
				labels := map[string]string{}
				for _, label := range metric.GetLabel() {
					labels[label.GetName()] = label.GetValue()
				}
				if labels["namespace"] == namespace {
					reasons = append(reasons, labels["type"]+labels["reason"])
				}
			}
		}
		return reasons
	}
	Expect(reasons()).To(BeEmpty())
	Expect(api.run(manager, nil)).To(Succeed())
	_, err = manager.GetCache().GetInformer(ctx, &seiv1alpha1.SeiNode{})
	Expect(err).NotTo(HaveOccurred())
	node := importing("archive-0", "nowhere")
	create(ctx, node)
	Eventually(reasons).Should(ContainElements("", "ReadyDataVolumeNotReady", "ImportPVCReadyPVCNotFound"))
	Expect(k8s.Delete(ctx, node)).To(Succeed())
	Eventually(reasons).Should(BeEmpty())
})
