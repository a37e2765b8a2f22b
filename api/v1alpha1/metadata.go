package v1alpha1

// The finalizer, labels and annotations that the operator sets or reads.
const (
	// Finalizer keeps a SeiNode until its pod is gone and its created claim is dealt with.
	Finalizer = "sei.io/seinode"
	// FinalizerElsewhere is that of sei-k8s-controller, whose SeiNodes have the same group, version and kind: one that bears it is that operator's.
	FinalizerElsewhere = "sei.io/seinode-finalizer"
	// AnnotationAcceptClaimUID on a SeiNode names the UID of a replaced claim that the user accepts as the node's data.
	AnnotationAcceptClaimUID = "sei.io/accept-claim-uid"
	// LabelNodeUID on a created claim and on a node's pods holds the UID of the SeiNode that they belong to. It outlives
	// the controller reference, which a retained claim must not carry.
	LabelNodeUID = "sei.io/node-uid"
	// LabelNode on everything made for a node, but for its pre-pull pod, holds its name.
	LabelNode = "sei.io/node"
	// LabelChain on everything made for a node, but for its pre-pull pod, holds its chain ID.
	LabelChain = "sei.io/chain"
	// LabelMode on everything made for a node, but for its pre-pull pod, holds its mode.
	LabelMode = "sei.io/mode"
	// LabelInstance is a label that former versions set on everything made for a node. It is taken off claims, since Argo CD takes an object
	// without an owner for the application's that it names, and prunes it.
	LabelInstance = "app.kubernetes.io/instance"
	// AnnotationSpecHash on a Service, PodDisruptionBudget, NetworkPolicy or StatefulSet holds a hash of what the operator wanted when it last wrote it.
	AnnotationSpecHash = "sei.io/spec-hash"
	// AnnotationAnnotates on a Service for peers names the annotations on it that are of spec.expose.
	AnnotationAnnotates = "sei.io/annotates"
	// AnnotationAsked on a StatefulSet holds a hash of what the SeiNode's spec asked of the pod when it was last written.
	AnnotationAsked = "sei.io/asked"
	// AnnotationAskedData on a StatefulSet holds a hash of where the data of an empty volume was to come from when it was last written; it counts until it has come.
	AnnotationAskedData = "sei.io/asked-data"
	// AnnotationClaimUID on a StatefulSet holds the UID of the claim that its pods are to mount. It outlives a status that was wiped, or
	// restored from a backup.
	AnnotationClaimUID = "sei.io/claim-uid"
	// AnnotationReached on a StatefulSet holds, as JSON, which upgrades the node has reached. It outlives a status that was wiped, or restored from a
	// backup: the image before an upgrade does not run on data that has it.
	AnnotationReached = "sei.io/reached-upgrades"
	// AnnotationImageUntil on the pod of a node's first start on its claim holds the height from which on the data is not for the pod's image: inspect
	// keeps seid from it there. It is 0 where spec.upgrades has none, and goes once seid has begun.
	AnnotationImageUntil = "sei.io/image-until"
	// AnnotationShields on a StatefulSet holds, as JSON, the validators that its pods are wired to as their sentry.
	AnnotationShields = "sei.io/shields"
	// AnnotationUpgrade on a VolumeSnapshot that was taken at a halt holds, as JSON, which upgrade the node stopped for, and when.
	AnnotationUpgrade = "sei.io/upgrade"
	// AnnotationReserves on a Lease of the operator's holds the identity of the volume or the key that the holder alone may use.
	AnnotationReserves = "sei.io/reserves"
	// AnnotationReservation on a validator's pod holds, as JSON, the address of the key that is reserved for its node, and the most that the key is
	// known to have signed: inspect lets the pod sign with no other key, and not again.
	AnnotationReservation = "sei.io/reservation"
	// AnnotationSigned on the Lease of a signing key holds, as JSON, the most that the key is known to have signed. It outlives the SeiNode.
	AnnotationSigned = "sei.io/signed"
	// AnnotationTemplate on a StatefulSet's pod template, and so on its pod, holds a hash of the template. A pod with another one than
	// its StatefulSet's is replaced.
	AnnotationTemplate = "sei.io/template"
	// LabelPrePull on a pod says that it does nothing but try the image of an upgrade. A NetworkPolicy can select it by that.
	LabelPrePull = "sei.io/pre-pull"
	// AnnotationPrePulls on a pre-pull pod holds which image it tries, and on which machine.
	AnnotationPrePulls = "sei.io/pre-pulls"
	// AnnotationQuotas on a StatefulSet holds a hash of the namespace's quotas for which its controller was asked to try again.
	AnnotationQuotas = "sei.io/quotas"
	// AnnotationRollout on a SeiNode, with value RolloutNow, takes a newer operator's pod template or a changed platform default at once,
	// which replaces the pod. Without it they wait for the next change of the spec. It counts once: remove it, and set it again for the next.
	AnnotationRollout = "sei.io/rollout"
	// RolloutNow is the one value of AnnotationRollout.
	RolloutNow = "now"
)
