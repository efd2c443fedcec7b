//! The kinds of objects there are.
//!
//! Knows: API groups, versions and kinds. Must not know: fields.

use crate::input::{Diagnostic, Place, Tree, list_names, nearest};
use crate::model::units::quoted;

/// What an object is, as far as this program tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Pod,
    Job,
    CronJob,
    KnativeService,
    HorizontalPodAutoscaler,
    HorizontalPodAutoscalerV1,
    ScaledObject,
    ScaledJob,
    VerticalPodAutoscaler,
    PodDisruptionBudget,
    PriorityClass,
    Node,
    Namespace,
    PersistentVolumeClaim,
    StorageClass,
    ResourceQuota,
    LimitRange,
    NodePool,
    /// A list of others.
    List,
    /// Known, and not modelled.
    Other,
}

/// `apiVersion`, `kind`, and what it is.
const KINDS: [(&str, &str, Kind); 23] = [
    ("apps/v1", "Deployment", Kind::Deployment),
    ("apps/v1", "ReplicaSet", Kind::ReplicaSet),
    ("apps/v1", "StatefulSet", Kind::StatefulSet),
    ("apps/v1", "DaemonSet", Kind::DaemonSet),
    ("v1", "Pod", Kind::Pod),
    ("batch/v1", "Job", Kind::Job),
    ("batch/v1", "CronJob", Kind::CronJob),
    ("serving.knative.dev/v1", "Service", Kind::KnativeService),
    (
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        Kind::HorizontalPodAutoscaler,
    ),
    (
        "autoscaling/v1",
        "HorizontalPodAutoscaler",
        Kind::HorizontalPodAutoscalerV1,
    ),
    ("keda.sh/v1alpha1", "ScaledObject", Kind::ScaledObject),
    ("keda.sh/v1alpha1", "ScaledJob", Kind::ScaledJob),
    (
        "autoscaling.k8s.io/v1",
        "VerticalPodAutoscaler",
        Kind::VerticalPodAutoscaler,
    ),
    ("policy/v1", "PodDisruptionBudget", Kind::PodDisruptionBudget),
    ("scheduling.k8s.io/v1", "PriorityClass", Kind::PriorityClass),
    ("v1", "Node", Kind::Node),
    ("v1", "Namespace", Kind::Namespace),
    ("v1", "PersistentVolumeClaim", Kind::PersistentVolumeClaim),
    ("storage.k8s.io/v1", "StorageClass", Kind::StorageClass),
    ("v1", "ResourceQuota", Kind::ResourceQuota),
    ("v1", "LimitRange", Kind::LimitRange),
    ("karpenter.sh/v1", "NodePool", Kind::NodePool),
    ("v1", "List", Kind::List),
];

/// Groups with versions, and the kinds in them that are known and not modelled.
const OTHERS: [(&[&str], &[&str]); 23] = [
    (
        &["v1"],
        &[
            "Binding",
            "ComponentStatus",
            "ConfigMap",
            "Endpoints",
            "Event",
            "PersistentVolume",
            "PodTemplate",
            "ReplicationController",
            "Secret",
            "Service",
            "ServiceAccount",
        ],
    ),
    (&["apps/v1"], &["ControllerRevision"]),
    (
        &["networking.k8s.io/v1"],
        &[
            "IPAddress",
            "Ingress",
            "IngressClass",
            "NetworkPolicy",
            "ServiceCIDR",
        ],
    ),
    (&["discovery.k8s.io/v1"], &["EndpointSlice"]),
    (
        &["rbac.authorization.k8s.io/v1"],
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
    ),
    (
        &["storage.k8s.io/v1"],
        &[
            "CSIDriver",
            "CSINode",
            "CSIStorageCapacity",
            "VolumeAttachment",
            "VolumeAttributesClass",
        ],
    ),
    (&["coordination.k8s.io/v1"], &["Lease"]),
    (&["events.k8s.io/v1"], &["Event"]),
    (&["node.k8s.io/v1"], &["RuntimeClass"]),
    (
        &[
            "resource.k8s.io/v1",
            "resource.k8s.io/v1beta2",
            "resource.k8s.io/v1beta1",
        ],
        &[
            "DeviceClass",
            "ResourceClaim",
            "ResourceClaimTemplate",
            "ResourceSlice",
        ],
    ),
    (
        &["admissionregistration.k8s.io/v1"],
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    (&["apiextensions.k8s.io/v1"], &["CustomResourceDefinition"]),
    (&["apiregistration.k8s.io/v1"], &["APIService"]),
    (&["certificates.k8s.io/v1"], &["CertificateSigningRequest"]),
    (
        &["flowcontrol.apiserver.k8s.io/v1"],
        &["FlowSchema", "PriorityLevelConfiguration"],
    ),
    (
        &["metrics.k8s.io/v1beta1", "metrics.k8s.io/v1"],
        &["NodeMetrics", "PodMetrics"],
    ),
    (
        &["keda.sh/v1alpha1"],
        &["ClusterTriggerAuthentication", "TriggerAuthentication"],
    ),
    (
        &["serving.knative.dev/v1"],
        &["Configuration", "Revision", "Route"],
    ),
    (&["karpenter.sh/v1"], &["NodeClaim"]),
    (&["karpenter.sh/v1alpha1"], &["NodeOverlay"]),
    (&["karpenter.k8s.aws/v1"], &["EC2NodeClass"]),
    (
        &["karpenter.azure.com/v1", "karpenter.azure.com/v1beta1"],
        &["AKSNodeClass"],
    ),
    (&["karpenter.k8s.gcp/v1alpha1"], &["GCENodeClass"]),
];

/// What the object `tree` is.
///
/// # Errors
/// Why it is nothing.
pub(super) fn kind_of(tree: &Tree) -> Result<Kind, Box<Diagnostic>> {
    let word = |field: &str| {
        let found = tree.at(field);
        let Some(text) = found.text().filter(|text| !text.is_empty()) else {
            let error = match found.tree() {
                Some(other) => Diagnostic::error(
                    found.place(),
                    format!("expected text, found {}", other.describe()),
                ),
                None => Diagnostic::error(head(tree), format!("missing field {}", quoted(field))),
            };
            return Err(Box::new(
                error.help("every object of Kubernetes says its `apiVersion` and its `kind`"),
            ));
        };
        Ok((text, found.place()))
    };
    let (version, version_place) = word("apiVersion")?;
    let (kind, kind_place) = word("kind")?;
    if let Some((.., known)) = KINDS.iter().find(|(v, k, _)| (*v, *k) == (version, kind)) {
        return Ok(*known);
    }
    let listed = kind.ends_with("List") && tree.entry("items").is_some();
    let other = |kind: &str| {
        OTHERS
            .iter()
            .any(|(versions, kinds)| versions.contains(&version) && kinds.contains(&kind))
    };
    if listed {
        return Ok(Kind::List);
    }
    if other(kind) {
        return Ok(Kind::Other);
    }
    Err(Box::new(unknown(version, version_place, kind, kind_place)))
}

fn unknown(version: &str, version_place: Place, kind: &str, kind_place: Place) -> Diagnostic {
    let of_kind: Vec<&str> = all()
        .filter(|(_, known)| *known == kind)
        .map(|(version, _)| version)
        .collect();
    if !of_kind.is_empty() {
        let error = Diagnostic::error(
            version_place,
            format!("no {kind} has the apiVersion {}", quoted(version)),
        );
        let near = nearest(version, of_kind.iter().copied()).or(of_kind.first().copied());
        return error
            .suggest(near)
            .help(format!("expected {}", list_names(of_kind)));
    }
    let of_version: Vec<&str> = all()
        .filter(|(known, _)| *known == version)
        .map(|(_, kind)| kind)
        .collect();
    if of_version.is_empty() {
        let known: Vec<&str> = {
            let mut known: Vec<&str> = all().map(|(version, _)| version).collect();
            known.sort_unstable();
            known.dedup();
            known
        };
        let error = Diagnostic::error(version_place, format!("unknown apiVersion {}", quoted(version)));
        let error = error.suggest(nearest(version, known.iter().copied()));
        return error.help("objects of other APIs are not modelled: remove them from the file");
    }
    let error = Diagnostic::error(
        kind_place,
        format!("{} has no kind {}", quoted(version), quoted(kind)),
    );
    let near =
        nearest(kind, of_version.iter().copied()).or_else(|| nearest(kind, all().map(|(_, kind)| kind)));
    error
        .suggest(near)
        .help(format!("expected one of: {}", list_names(of_version)))
}

/// Every `apiVersion` and `kind` that is known.
fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = KINDS.iter().map(|&(version, kind, _)| (version, kind));
    let others = OTHERS.iter().flat_map(|&(versions, kinds)| {
        versions
            .iter()
            .flat_map(move |&version| kinds.iter().map(move |&kind| (version, kind)))
    });
    own.chain(others)
}

/// Where a message about the whole of an object points: to its first key.
pub(super) fn head(tree: &Tree) -> Place {
    tree.entries().first().map_or(tree.place, |entry| entry.key_place)
}

impl Kind {
    /// The definition of its fields; nothing for what has none.
    pub(super) const fn fields(self) -> Option<&'static str> {
        Some(match self {
            Self::Deployment => "Deployment",
            Self::ReplicaSet => "ReplicaSet",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::Pod => "Pod",
            Self::Job => "Job",
            Self::CronJob => "CronJob",
            Self::KnativeService => "KnativeService",
            Self::HorizontalPodAutoscaler => "HorizontalPodAutoscaler",
            Self::HorizontalPodAutoscalerV1 => "HorizontalPodAutoscalerV1",
            Self::ScaledObject => "ScaledObject",
            Self::ScaledJob => "ScaledJob",
            Self::VerticalPodAutoscaler => "VerticalPodAutoscaler",
            Self::PodDisruptionBudget => "PodDisruptionBudget",
            Self::PriorityClass => "PriorityClass",
            Self::Node => "Node",
            Self::Namespace => "Namespace",
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::StorageClass => "StorageClass",
            Self::ResourceQuota => "ResourceQuota",
            Self::LimitRange => "LimitRange",
            Self::NodePool => "NodePool",
            Self::List | Self::Other => return None,
        })
    }

    /// Whether anything is made of objects of it; the others are listed.
    pub(super) const fn is_modelled(self) -> bool {
        !matches!(self, Self::Other)
    }

    /// Whether objects of it have pods.
    pub(super) const fn has_pods(self) -> bool {
        matches!(
            self,
            Self::Deployment
                | Self::ReplicaSet
                | Self::StatefulSet
                | Self::DaemonSet
                | Self::Pod
                | Self::Job
                | Self::CronJob
                | Self::KnativeService
                | Self::ScaledJob
        )
    }

    /// Whether objects of it are Jobs, or make some.
    pub(super) const fn is_batch(self) -> bool {
        matches!(self, Self::Job | Self::CronJob)
    }

    /// Whether objects of it stand in no namespace.
    pub(super) const fn is_of_cluster(self) -> bool {
        matches!(
            self,
            Self::Node | Self::NodePool | Self::Namespace | Self::PriorityClass | Self::StorageClass
        )
    }
}
