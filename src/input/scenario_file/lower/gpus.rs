//! The GPUs of a machine: into what they are cut, how they are shared, and what they are offered as.
//!
//! Knows: what the device plugin and the hardware refuse. Must not know: pods.

use super::super::raw::gpus as raw;
use super::super::spot::Spot;
use super::Lowering;
use crate::input::{list_names, nearest};
use crate::model::gpu::{Geometry, GpuPart, GpuPlan, HandOut, Instance, MigProfile, Product, Sharing};
use crate::model::resources::Resources;
use crate::model::units::{ByteQuantity, quoted};
use std::sync::Arc;

/// What whole GPUs are offered as.
const WHOLE: &str = "nvidia.com/gpu";

impl Lowering<'_> {
    /// Reads the GPUs at `spot`, of a machine that has `capacity` without them; those its type has in the price list are
    /// `listed`. Returns the capacity with what they are offered as.
    pub(super) fn gpus(
        &mut self,
        spot: &Spot<'_>,
        gpu: &raw::Gpu,
        listed: Option<&(String, u32)>,
        capacity: Resources,
    ) -> Option<(Resources, Arc<GpuPlan>)> {
        let Some(count) = gpu.count.or(listed.map(|(_, count)| *count)) else {
            let error = spot.key_error(format!("missing field {}", quoted("count")));
            self.push(error.help("how many GPUs the machine has"));
            return None;
        };
        let model = gpu.model.as_deref().or(listed.map(|(name, _)| name.as_str()));
        let product = model.and_then(Product::find);
        let mut sound = true;
        if let Some(name) = model.filter(|_| product.is_none() && gpu.memory.is_none()) {
            let at = spot.at("model");
            let at = if at.exists() { at } else { spot.clone() };
            let error = at
                .error(format!("unknown GPU {}", quoted(name)))
                .suggest(nearest(name, Product::names()));
            let known = list_names(Product::names());
            self.push(error.help(format!("say how much `memory` it has, or name one of {known}")));
            sound = false;
        }
        let memory = gpu.memory.map(ByteQuantity::bytes);
        let memory = memory.or(product.map(|product| product.memory_mib << 20));
        let cuts = self.cuts(&spot.at("mig"), gpu.mig.as_ref(), product, count);
        let (cuts, strategy) = (cuts?, gpu.mig.as_ref().map(|mig| mig.strategy));
        let mut parts = Vec::new();
        for (gpu, cut) in (0..).zip(cuts) {
            let Some(instances) = cut else {
                parts.push(GpuPart {
                    gpu,
                    instance: None,
                    resource: WHOLE.into(),
                    sharing: Sharing::Alone,
                    replicas: 1,
                    compute: (1, 1),
                    memory_bytes: memory,
                });
                continue;
            };
            let whole = product
                .and_then(|product| product.mig)
                .map_or(1, |mig| mig.compute);
            parts.extend(instances.into_iter().map(|Instance { profile, start }| GpuPart {
                gpu,
                instance: Some((profile, start)),
                resource: match strategy {
                    Some(raw::MigStrategy::Mixed) => {
                        format!("nvidia.com/mig-{}", profile.name.replace('+', ".")).into()
                    }
                    _ => WHOLE.into(),
                },
                sharing: Sharing::Alone,
                replicas: 1,
                compute: (profile.compute, whole),
                memory_bytes: Some(profile.memory_mib << 20),
            }));
        }
        let mut plan = GpuPlan {
            model: product
                .map_or(model, |product| Some(product.name))
                .unwrap_or_default()
                .to_owned(),
            parts,
            hand_out: match gpu.shared_devices_allocation_policy {
                raw::HandOut::Distributed => HandOut::Distributed,
                raw::HandOut::Packed => HandOut::Packed,
                raw::HandOut::Spread => HandOut::Spread,
            },
            one_at_a_time: Vec::new(),
        };
        sound &= self.shared(&spot.at("sharing"), &gpu.sharing, gpu.mig.is_some(), &mut plan);
        let offers = plan.offers();
        let capacity = offers.iter().fold(capacity, |capacity, (name, &units)| {
            capacity.with_extended(name, units)
        });
        sound.then(|| (capacity, Arc::new(plan)))
    }

    /// The instances of each of `count` GPUs; nothing for one that is whole.
    fn cuts(
        &mut self,
        spot: &Spot<'_>,
        mig: Option<&raw::Mig>,
        product: Option<&'static Product>,
        count: u32,
    ) -> Option<Vec<Option<Vec<Instance>>>> {
        let mut cuts = vec![None; count as usize];
        let Some(mig) = mig else { return Some(cuts) };
        let Some(geometry) = product.and_then(|product| product.mig) else {
            let these = list_names(Product::names_with_mig());
            let what = match product {
                Some(product) => format!("the {} cannot be cut into instances", product.name),
                None => "it is not known how this GPU can be cut into instances".to_owned(),
            };
            self.push(spot.key_error(what).help(format!("`model` is one of {these}")));
            return None;
        };
        if mig.instances.is_empty() == mig.config.is_empty() {
            let error = spot.key_error("expected either `instances` or `config`");
            self.push(error.help("`instances: [3g.20gb, 3g.20gb]` cuts every GPU alike"));
            return None;
        }
        let before = self.diagnostics.has_errors();
        if mig.config.is_empty() {
            let at = spot.at("instances");
            let items = at.items();
            let named = mig.instances.iter().zip(&items);
            let named: Option<Vec<_>> = named
                .map(|(name, item)| self.profile(item, name, geometry))
                .collect();
            let cut = self.cut(&at, &named?)?;
            cuts.fill(Some(cut));
        }
        for (item, line) in spot.at("config").items().iter().zip(&mig.config) {
            let devices = self.which(&item.at("devices"), &line.devices, count)?;
            let at = item.at("mig-devices");
            if !line.mig_enabled {
                if at.exists() && !line.mig_devices.is_empty() {
                    self.push(at.key_error("GPUs that are not cut have no instances"));
                    return None;
                }
                continue;
            }
            if line.mig_devices.is_empty() {
                // `assertAllMigDevicesAreValid`: the plugin refuses a GPU that is to be cut and has no instance.
                self.push(item.key_error("a GPU that is cut needs an instance: `mig-devices`"));
                return None;
            }
            let mut named = Vec::new();
            for (name, &times) in &line.mig_devices {
                let profile = self.profile(&at.at(name), name, geometry)?;
                named.extend(std::iter::repeat_n(profile, times.min(16) as usize));
            }
            let cut = self.cut(&at, &named)?;
            for device in devices {
                if cuts[device].replace(cut.clone()).is_some() {
                    let error = item.at("devices").error(format!("GPU {device} is cut twice"));
                    self.push(error);
                }
            }
        }
        self.is_uniform(spot, mig.strategy, &cuts);
        (before || !self.diagnostics.has_errors()).then_some(cuts)
    }

    /// The profile called `name` of a GPU that is cut so.
    fn profile(
        &mut self,
        spot: &Spot<'_>,
        name: &str,
        geometry: &'static Geometry,
    ) -> Option<&'static MigProfile> {
        let profile = geometry.profile(name);
        if profile.is_none() {
            let names = || geometry.profiles.iter().map(|profile| profile.name);
            let error = if spot.is_scalar() && spot.cursor.text() == Some(name) {
                spot.error(format!("this GPU has no profile {}", quoted(name)))
            } else {
                spot.key_error(format!("this GPU has no profile {}", quoted(name)))
            };
            let error = error.suggest(nearest(name, names()));
            self.push(error.help(format!("it has {}", list_names(names()))));
        }
        profile
    }

    /// These instances on one GPU.
    fn cut(&mut self, spot: &Spot<'_>, named: &[&'static MigProfile]) -> Option<Vec<Instance>> {
        match Geometry::arrange(named) {
            Ok(instances) => Some(instances),
            Err(fit) => {
                let fit: Vec<&str> = fit.iter().map(|profile| profile.name).collect();
                let error = spot.key_error("no GPU of this kind has room for all of these instances");
                self.push(error.help(format!("these of them fit: [{}]", fit.join(", "))));
                None
            }
        }
    }

    /// Reports GPUs that are not cut alike where their instances are all offered as GPUs (`internal/rm/device_map.go`).
    fn is_uniform(&mut self, spot: &Spot<'_>, strategy: raw::MigStrategy, cuts: &[Option<Vec<Instance>>]) {
        if strategy == raw::MigStrategy::Mixed {
            return;
        }
        let mut profiles = cuts.iter().flatten().flatten().map(|instance| instance.profile);
        let first = profiles.next();
        let what = if cuts.iter().any(Option::is_none) {
            "with `single`, all GPUs of a machine are cut or none is"
        } else if profiles.any(|profile| Some(profile) != first) {
            "with `single`, all instances are of one profile"
        } else {
            return;
        };
        let error = spot.at("strategy").error(what);
        self.push(error.help("`mixed` offers each profile by its own name"));
    }

    /// Which of `count` are meant, each once.
    fn which(&mut self, spot: &Spot<'_>, which: &raw::Which, count: u32) -> Option<Vec<usize>> {
        let numbers: Vec<u32> = match which {
            raw::Which::All(raw::All::All) => (0..count).collect(),
            raw::Which::Count(these) => (0..*these).collect(),
            raw::Which::Numbers(numbers) => numbers.clone(),
        };
        if numbers.iter().any(|&number| number >= count) {
            let help = match count {
                0 => "there is none".to_owned(),
                1 => "there is one, number 0".to_owned(),
                _ => format!("there are {count}, numbers 0 to {}", count - 1),
            };
            self.push(spot.error("there are not so many").help(help));
            return None;
        }
        let mut these: Vec<usize> = numbers.into_iter().map(|number| number as usize).collect();
        these.sort_unstable();
        these.dedup();
        Some(these)
    }

    /// Shares the parts of `plan` as `sharing` says; whether that is possible.
    fn shared(&mut self, spot: &Spot<'_>, sharing: &raw::Sharing, is_cut: bool, plan: &mut GpuPlan) -> bool {
        let (replicated, how, spot) = match (&sharing.time_slicing, &sharing.mps) {
            (None, None) => return true,
            (Some(one), None) => (one, Sharing::TimeSlicing, spot.at("timeSlicing")),
            (None, Some(one)) => (one, Sharing::Mps, spot.at("mps")),
            (Some(_), Some(_)) => {
                self.push(spot.key_error("GPUs are shared in one way: `timeSlicing` or `mps`"));
                return false;
            }
        };
        if is_cut && how == Sharing::Mps {
            let error = spot.key_error("the device plugin does not share instances with MPS");
            self.push(error.help("leave out `mig`, or share in turns with `timeSlicing`"));
            return false;
        }
        let before: Vec<Arc<str>> = plan.parts.iter().map(|part| part.resource.clone()).collect();
        let mut sound = true;
        for (item, resource) in spot.at("resources").items().iter().zip(&replicated.resources) {
            let of_it = |place: &usize| *before[*place] == *resource.name;
            let places: Vec<usize> = (0..before.len()).filter(of_it).collect();
            if places.is_empty() {
                let names = || before.iter().map(|name| &**name);
                let error = item
                    .at("name")
                    .error(format!("no GPU here is offered as {}", quoted(&resource.name)))
                    .suggest(nearest(&resource.name, names()));
                self.push(error);
                sound = false;
                continue;
            }
            let default = replicated
                .rename_by_default
                .then(|| format!("{}.shared", resource.name));
            let name = resource.rename.clone().or(default);
            let name: Arc<str> = name.unwrap_or_else(|| resource.name.clone()).into();
            if !name.contains('/') {
                let error = item.at("rename").error("the name of a resource has a `/`");
                self.push(error.help("such as `nvidia.com/gpu.shared`"));
                sound = false;
            }
            let Some(which) = self.which(&item.at("devices"), &resource.devices, places.len() as u32) else {
                sound = false;
                continue;
            };
            for place in which.into_iter().map(|number| places[number]) {
                let part = &mut plan.parts[place];
                if part.sharing != Sharing::Alone {
                    self.push(item.at("name").error("this is shared twice"));
                    sound = false;
                    break;
                }
                (part.sharing, part.replicas, part.resource) = (how, resource.replicas, name.clone());
            }
            if how == Sharing::Mps || replicated.fail_requests_greater_than_one {
                plan.one_at_a_time.push(name);
            }
        }
        sound
    }
}
