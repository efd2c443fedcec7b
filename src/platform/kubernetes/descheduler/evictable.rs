//! Which pods the descheduler leaves alone, and whom it takes first (`DefaultEvictor`, `pkg/descheduler/pod`).

use crate::model::cluster::BoundPod;
use crate::model::owner::Owner;
use crate::model::pod_template::PodTemplate;
use crate::platform::kubernetes::qos::QosClass;

/// The annotation of pods that are evicted whatever else they are.
const EVICT: &str = "descheduler.alpha.kubernetes.io/evict";
/// The annotation of mirrors of static pods.
const MIRROR: &str = "kubernetes.io/config.mirror";
/// The least priority of the system's own pods.
const SYSTEM_CRITICAL: i32 = 2_000_000_000;

/// Why a pod is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// It is a DaemonSet's.
    DaemonSet,
    /// It is the mirror of a static pod.
    Mirror,
    /// It is on its way out.
    Terminating,
    /// It has no controller that would make it anew.
    Bare,
    /// Its priority is that of the system's own pods.
    SystemCritical,
    /// It has a volume on its node.
    LocalStorage,
}

impl Protection {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DaemonSet => "DaemonSet",
            Self::Mirror => "Mirror",
            Self::Terminating => "Terminating",
            Self::Bare => "Bare",
            Self::SystemCritical => "SystemCritical",
            Self::LocalStorage => "LocalStorage",
        }
    }

    /// What it means, after the pod's name.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::DaemonSet => "is a DaemonSet's",
            Self::Mirror => "is the mirror of a static pod",
            Self::Terminating => "is terminating already",
            Self::Bare => "has no controller that would make it anew",
            Self::SystemCritical => "has the priority of the system's own pods",
            Self::LocalStorage => "would lose local storage",
        }
    }
}

/// Why `pod` is left alone; `None` if it may be evicted.
pub(super) fn protection(pod: &BoundPod) -> Option<Protection> {
    let class = &pod.class;
    let annotated = |key: &str| class.annotations.contains_key(key);
    if annotated(EVICT) {
        None
    } else if annotated(MIRROR) {
        Some(Protection::Mirror)
    } else if pod.terminating.is_some() {
        Some(Protection::Terminating)
    } else if class.rules.priority >= SYSTEM_CRITICAL {
        Some(Protection::SystemCritical)
    } else if class.owner == Owner::Nobody {
        Some(Protection::Bare)
    } else if !class.volumes.on_node.is_empty() {
        Some(Protection::LocalStorage)
    } else if class.owner == Owner::DaemonSet {
        Some(Protection::DaemonSet)
    } else {
        None
    }
}

/// Who goes first: low priority, and of equals those that have been promised least.
pub(super) fn rank(class: &PodTemplate) -> (i32, u8) {
    let promised = match QosClass::of_pod(class) {
        QosClass::BestEffort => 0,
        QosClass::Burstable => 1,
        QosClass::Guaranteed => 2,
    };
    (class.rules.priority, promised)
}
