//! Storage classes, claims, and the volumes of pods.
//!
//! Knows: Kubernetes' rules about what may be written, and who means which claim. Must not know: where a volume is.

use super::super::raw::volumes as raw;
use super::super::raw::workload::Workload as RawWorkload;
use super::super::spot::Spot;
use super::Lowering;
use crate::input::unknown_name;
use crate::model::units::{ByteQuantity, quoted};
use crate::model::volume::{
    Access, Claim, ClaimSpec, ClaimTemplate, PodVolumes, StorageClass, TopologyRequirement,
};
use crate::sim::scenario::{Storage, StorageSpec};

/// The medium of an empty directory that is not on a disk.
const IN_MEMORY: &str = "Memory";

/// What a claim says, by its own name or in a template.
struct Asked<'a> {
    modes: &'a [raw::AccessMode],
    class: Option<&'a str>,
    bytes: ByteQuantity,
}

impl Lowering<'_> {
    /// Reads the storage classes and claims of the cluster at `spot`.
    pub(super) fn storage(&mut self, spot: &Spot<'_>) -> LoweredStorage {
        let (classes, claims) = (spot.at("storageClasses"), spot.at("persistentVolumeClaims"));
        self.unique(&classes, "storage class");
        let mut storage = LoweredStorage::default();
        for item in classes.items() {
            let Some(class) = self.read::<raw::StorageClass>(&item) else {
                storage.sound = false;
                continue;
            };
            let (attach, detach) = (
                self.law(&item.at("attach"), &class.attach),
                self.law(&item.at("detach"), &class.detach),
            );
            let (Some(attach), Some(detach)) = (attach, detach) else {
                storage.sound = false;
                continue;
            };
            if class.is_default && storage.default.is_some() {
                self.push(
                    item.at("isDefault")
                        .key_error("a second storage class is the default"),
                );
            } else if class.is_default {
                storage.default = Some(storage.storage.classes.len());
            }
            storage.storage.classes.push(StorageSpec {
                class: storage_class(class),
                attach,
                detach,
            });
        }
        for item in claims.items() {
            let Some(claim) = self.read::<raw::Claim>(&item) else {
                storage.sound = false;
                continue;
            };
            let asked = Asked {
                modes: &claim.access_modes,
                class: claim.storage_class_name.as_deref(),
                bytes: claim.resources.requests.storage,
            };
            let Some(spec) = self.claim(&item, &asked, &storage) else {
                storage.sound = false;
                continue;
            };
            let known = storage.claim(&claim.namespace, &claim.name);
            if known.is_some() {
                let name = quoted(&claim.name).to_string();
                self.push(
                    item.at("name")
                        .error(format!("a second claim of this namespace is named {name}")),
                );
            }
            let claim = Claim::new(claim.name, claim.namespace, spec);
            storage.storage.claims.push(claim);
        }
        storage
    }

    /// The volumes of a workload's pods.
    pub(super) fn volumes(
        &mut self,
        spot: &Spot<'_>,
        workload: &RawWorkload,
        storage: &LoweredStorage,
    ) -> Option<PodVolumes> {
        let (shared, own) = (spot.at("volumes"), spot.at("volumeClaimTemplates"));
        self.unique(&shared, "volume of this pod");
        self.unique(&own, "claim of this workload");
        let mut volumes = PodVolumes::default();
        let mut sound = true;
        for (item, volume) in shared.items().iter().zip(&workload.serving.volumes) {
            let Some(claim) = self.claim_or_on_node(item, volume, &mut volumes, &mut sound) else {
                continue;
            };
            let name = &claim.claim_name;
            match storage.claim(&workload.namespace, name) {
                Some(claim) if volumes.shared.contains(&claim) => {}
                Some(claim) => volumes.shared.push(claim),
                None => {
                    sound = false;
                    if storage.sound {
                        let spot = item.at("persistentVolumeClaim").at("claimName");
                        let of_namespace = storage.storage.claims.iter();
                        let of_namespace = of_namespace.filter(|claim| claim.namespace == workload.namespace);
                        let names: Vec<&str> = of_namespace.map(|claim| claim.name.as_str()).collect();
                        let kind = format!("claim of the namespace {}", quoted(&workload.namespace));
                        let error = unknown_name(spot.cursor.place(), &kind, name, names);
                        self.push(error.path(&spot.path));
                    }
                }
            }
        }
        for (item, template) in own.items().iter().zip(&workload.serving.volume_claim_templates) {
            let asked = Asked {
                modes: &template.access_modes,
                class: template.storage_class_name.as_deref(),
                bytes: template.resources.requests.storage,
            };
            match self.claim(item, &asked, storage) {
                Some(spec) => volumes.own.push(ClaimTemplate {
                    name: template.name.clone(),
                    spec,
                }),
                None => sound = false,
            }
        }
        sound.then_some(volumes)
    }

    /// The claim that a volume is, if it is one; what is on its node instead is put into `volumes`.
    fn claim_or_on_node<'v>(
        &mut self,
        item: &Spot<'_>,
        volume: &'v raw::Volume,
        volumes: &mut PodVolumes,
        sound: &mut bool,
    ) -> Option<&'v raw::ClaimReference> {
        let (claim, empty) = (&volume.persistent_volume_claim, &volume.empty_dir);
        let sources = [claim.is_some(), empty.is_some(), volume.host_path.is_some()];
        if sources.iter().filter(|given| **given).count() != 1 {
            let name = quoted(&volume.name);
            let error = item.error(format!("the volume {name} must be exactly one thing"));
            self.push(error.help(
                "`persistentVolumeClaim: {claimName: data}`, `emptyDir: {}` or `hostPath: {path: /data}`",
            ));
            *sound = false;
            return None;
        }
        let in_memory = empty.as_ref().is_some_and(|empty| empty.medium == IN_MEMORY);
        if claim.is_none() && !in_memory {
            volumes.on_node.push(volume.name.clone());
        }
        claim.as_ref()
    }

    fn claim(&mut self, spot: &Spot<'_>, asked: &Asked<'_>, storage: &LoweredStorage) -> Option<ClaimSpec> {
        let has = |mode| asked.modes.contains(&mode);
        let one_pod = has(raw::AccessMode::ReadWriteOncePod);
        if one_pod && asked.modes.len() > 1 {
            let error = spot.at("accessModes");
            self.push(error.error("`ReadWriteOncePod` may not be used with other access modes"));
        }
        if asked.bytes.bytes() == 0 {
            let error = spot.key_error("a claim must say how much storage it asks for");
            self.push(error.help("`resources: {requests: {storage: 10Gi}}`"));
        }
        let classes = &storage.storage.classes;
        let class = match asked.class {
            None => storage.default,
            Some(name) => classes.iter().position(|one| one.class.name == name),
        };
        let Some(class) = class else {
            if storage.sound {
                let below = spot.at("storageClassName");
                let error = match asked.class {
                    Some("") => below
                        .error("a claim without a storage class waits for a volume made by hand, which is not modelled")
                        .help("name one of `cluster.storageClasses`, or leave the field out for the default class"),
                    Some(name) => {
                        let names: Vec<&str> = classes.iter().map(|one| one.class.name.as_str()).collect();
                        unknown_name(below.cursor.place(), "storage class", name, names).path(&below.path)
                    }
                    None => spot
                        .key_error("no storage class is the default, and this claim names none")
                        .help("give it a `storageClassName`, or one of `cluster.storageClasses` `isDefault: true`"),
                };
                self.push(error);
            }
            return None;
        };
        Some(ClaimSpec {
            class,
            access: if one_pod {
                Access::OnePod
            } else if has(raw::AccessMode::ReadWriteMany) || has(raw::AccessMode::ReadOnlyMany) {
                Access::Many
            } else {
                Access::OneNode
            },
            bytes: asked.bytes.bytes(),
        })
    }
}

/// What could be read of storage classes and claims.
#[derive(Debug)]
pub(super) struct LoweredStorage {
    pub(super) storage: Storage,
    /// The class of claims that name none.
    default: Option<usize>,
    /// Whether all of it could be read: otherwise a name that is not found may be one with mistakes.
    sound: bool,
}

impl Default for LoweredStorage {
    fn default() -> Self {
        Self {
            storage: Storage::default(),
            default: None,
            sound: true,
        }
    }
}

impl LoweredStorage {
    fn claim(&self, namespace: &str, name: &str) -> Option<usize> {
        let mut claims = self.storage.claims.iter();
        claims.position(|claim| claim.namespace == namespace && claim.name == name)
    }
}

fn storage_class(class: raw::StorageClass) -> StorageClass {
    let requirement = |one: raw::TopologyRequirement| TopologyRequirement {
        key: one.key,
        values: one.values,
    };
    StorageClass {
        name: class.name,
        driver: class.provisioner,
        waits_for_pod: class.volume_binding_mode == raw::BindingMode::WaitForFirstConsumer,
        topologies: class
            .allowed_topologies
            .into_iter()
            .map(|term| {
                term.match_label_expressions
                    .into_iter()
                    .map(requirement)
                    .collect()
            })
            .collect(),
        zonal: class.zonal,
    }
}
