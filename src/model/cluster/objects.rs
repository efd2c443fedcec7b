//! What placement asks the API server about, apart from nodes and pods.

use crate::model::labels::Labels;
use crate::model::placement_rules::DisruptionBudget;
use crate::model::volume::Volumes;
use std::collections::BTreeMap;

/// A Service, as far as default spreading looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its namespace.
    pub namespace: String,
    /// Labels of the pods behind it; empty for none.
    pub selector: Labels,
}

/// Namespaces, services, disruption budgets and volumes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiObjects {
    /// Labels of the namespaces, by name.
    pub namespaces: BTreeMap<String, Labels>,
    /// Services.
    pub services: Vec<Service>,
    /// Disruption budgets.
    pub budgets: Vec<DisruptionBudget>,
    /// Claims and their volumes.
    pub volumes: Volumes,
}

impl ApiObjects {
    /// None at all.
    pub const NONE: &'static Self = &Self {
        namespaces: BTreeMap::new(),
        services: Vec::new(),
        budgets: Vec::new(),
        volumes: Volumes::NONE,
    };
}
