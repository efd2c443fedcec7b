//! What Docker and Swarm are told of each workload: its host, restarts, dependencies, updates, placement.
//!
//! Knows: their words, and what they refuse. Must not know: when a container starts.

use super::super::raw::platform as raw;
use super::super::spot::Spot;
use super::Lowering;
use super::plain_job::plain;
use super::platform::title;
use super::probes::asks;
use super::workload::{LoweredWorkload, pods_of};
use crate::input::unknown_name;
use crate::model::cpu::{CpuError, Quota};
use crate::model::owner::Owner;
use crate::model::pool::PoolSpec;
use crate::model::units::{ByteQuantity, CpuQuantity, quoted};
use crate::platform::docker::depends_on::{Condition, Dependency, cycle};
use crate::platform::docker::health::HealthCheck;
use crate::platform::docker::restart::RestartPolicy;
use crate::sim::platform::{Platform, RestartRule};

/// The least memory Docker lets a container have.
const DOCKER_MEMORY_MIN: u64 = 6 << 20;
/// The least Swarm does.
const SWARM_MEMORY_MIN: u64 = 4 << 20;

impl Lowering<'_> {
    /// Reads what the platform is told of each workload of the scenario at `root`.
    pub(super) fn container_rules(
        &mut self,
        root: &Spot<'_>,
        names: &[Option<&str>],
        pools: &[Option<PoolSpec>],
        workloads: &mut [Option<LoweredWorkload>],
    ) {
        let items = root.at("workloads").items();
        // Who compares platforms says to each what it reads, and a Compose file says it to whoever it is.
        let mut variants = root.at("variants").entries().into_iter();
        let of_platform = |(_, variant): (&str, Spot<'_>)| {
            let mut paths = variant.entries().into_iter();
            paths.any(|(path, _)| path.split('.').next() == Some("platform"))
        };
        let compares = variants.any(of_platform) || root.at("compose").exists();
        let foreign: &[&str] = match self.platform {
            Platform::Kubernetes => &[
                "host",
                "restart",
                "depends_on",
                "healthcheck",
                "memswap_limit",
                "oom_score_adj",
                "deploy",
                "ports",
            ],
            Platform::Docker { .. } => &["deploy"],
            Platform::Swarm => &["host", "restart", "depends_on", "memswap_limit"],
        };
        if !compares {
            for item in &items {
                foreign
                    .iter()
                    .for_each(|key| self.is_not_read(&item.at(key), key));
            }
        }
        if self.platform == Platform::Kubernetes {
            return;
        }
        for item in &items {
            self.plain_job(item, compares);
        }
        let hosts = host_names(pools);
        for (item, workload) in items.iter().zip(workloads.iter_mut()) {
            self.limits_are_possible(&pods_of(item).at("containers"), pools);
            let Some(workload) = workload else { continue };
            self.memory_rules(item, workload);
            match self.platform {
                Platform::Kubernetes => {}
                Platform::Docker { .. } => {
                    plain(workload);
                    self.of_docker(item, &hosts, workload);
                }
                Platform::Swarm => {
                    plain(workload);
                    self.of_swarm(item, workload);
                }
            }
        }
        self.published_ports(&items, workloads);
        if matches!(self.platform, Platform::Docker { .. }) {
            self.dependencies(&items, names, workloads);
        }
    }

    /// Warns of what another platform would read.
    fn is_not_read(&mut self, spot: &Spot<'_>, key: &str) {
        if spot.exists() {
            let whose = match key {
                "deploy" => "swarm",
                "healthcheck" | "ports" => "docker` and `swarm",
                _ => "docker",
            };
            let who = title(self.platform);
            let warning = spot.warning(format!("{who} has no `{key}` for a workload"));
            self.push(warning.help(format!("it is read under `platform: {whose}`")));
        }
    }

    fn of_docker(&mut self, item: &Spot<'_>, hosts: &[String], workload: &mut LoweredWorkload) {
        let said = item.text("host");
        let host = match (said, hosts) {
            (Some(name), _) if hosts.iter().any(|host| host == name) => Some(name.to_owned()),
            (Some(name), _) => {
                let names = hosts.iter().map(String::as_str);
                let error = unknown_name(item.at("host").cursor.place(), "host", name, names);
                self.push(error.path(format!("{}.host", item.path)));
                None
            }
            (None, [only]) => Some(only.clone()),
            (None, []) => None,
            (None, _) => {
                let error = item.key_error("there are several hosts, and Docker places nothing");
                let list = crate::input::list_names(hosts.iter().map(String::as_str));
                self.push(error.help(format!("name its `host`: one of {list}")));
                None
            }
        };
        workload.template.rules.node_name = host;
        if workload.batch.is_none() {
            workload.template.owner = Owner::Nobody;
        }
        let policy = match item.text("restart").map(RestartPolicy::parse) {
            None => RestartPolicy::default(),
            Some(Ok(policy)) => policy,
            Some(Err(why)) => {
                let found = quoted(item.text("restart").unwrap_or_default());
                self.push(
                    item.at("restart")
                        .error(format!("no restart policy is {found}: {why}")),
                );
                RestartPolicy::default()
            }
        };
        if let Some(batch) = &mut workload.batch {
            if policy.comes_back_with_host() {
                let error = item
                    .at("restart")
                    .error("a job that is started again whenever it ends is never done");
                self.push(error.help("expected `no` or `on-failure`"));
            }
            batch.job.restarts_on_failure = policy != RestartPolicy::No;
        }
        workload.rules.restart = RestartRule::Docker(policy);
        workload.rules.health = self.health_check(&item.at("healthcheck"));
    }

    /// Reads a health check.
    pub(super) fn health_check(&mut self, spot: &Spot<'_>) -> Option<HealthCheck> {
        let check: raw::HealthCheck = self.read(spot)?;
        Some(HealthCheck {
            asks: asks(check.by, true),
            interval: check.interval.span(),
            timeout: check.timeout.span(),
            retries: check.retries,
            start_period: check.start_period.span(),
            start_interval: check.start_interval.span(),
        })
    }

    /// Reads who waits for whom.
    fn dependencies(
        &mut self,
        items: &[Spot<'_>],
        names: &[Option<&str>],
        workloads: &mut [Option<LoweredWorkload>],
    ) {
        let mut graph: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
        for (index, item) in items.iter().enumerate() {
            let spot = item.at("depends_on");
            let Some(said) = self.read::<raw::DependsOn>(&spot) else {
                continue;
            };
            let list: Vec<(String, raw::Condition, Spot<'_>)> = match said {
                raw::DependsOn::Names(names) => {
                    let spots = spot.items();
                    let conditions = names.into_iter().zip(spots);
                    conditions
                        .map(|(name, spot)| (name, raw::Condition::default(), spot))
                        .collect()
                }
                raw::DependsOn::Conditions(map) => map
                    .into_iter()
                    .map(|(name, one)| {
                        let spot = spot.at(&name);
                        (name, one.condition, spot)
                    })
                    .collect(),
            };
            for (name, condition, at) in list {
                let key = at.cursor.key_place() != at.cursor.place();
                let Some(on) = self.workload_index(&at, &name, names, key) else {
                    continue;
                };
                graph[index].push(on);
                self.can_come(&at, &name, condition, workloads[on].as_ref());
                if let Some(workload) = &mut workloads[index] {
                    workload.rules.depends_on.push(Dependency {
                        on,
                        condition: match condition {
                            raw::Condition::Started => Condition::Started,
                            raw::Condition::Healthy => Condition::Healthy,
                            raw::Condition::Completed => Condition::Completed,
                        },
                    });
                }
            }
        }
        if let Some(cycle) = cycle(&graph) {
            let on = cycle.iter().chain(cycle.first());
            let on: Vec<&str> = on.map(|&index| names[index].unwrap_or("?")).collect();
            let spot = items[cycle[0]].at("depends_on");
            let error = spot.key_error(format!("workloads depend on each other: {}", on.join(" → ")));
            self.push(error.help("none of them could ever start"));
        }
    }

    /// Reports a condition that can never be met.
    fn can_come(
        &mut self,
        spot: &Spot<'_>,
        name: &str,
        condition: raw::Condition,
        on: Option<&LoweredWorkload>,
    ) {
        let Some(on) = on else { return };
        let (lacks, help) = match condition {
            raw::Condition::Healthy if on.rules.health.is_none() && on.batch.is_none() => (
                "has no `healthcheck`",
                "give it one, or wait for `service_started`",
            ),
            raw::Condition::Healthy if on.batch.is_some() => (
                "has a `job`, which nobody checks",
                "wait for `service_started` or `service_completed_successfully`",
            ),
            raw::Condition::Completed if on.batch.is_none() => (
                "never ends of its own accord: it has no `job`",
                "wait for `service_started` or `service_healthy`",
            ),
            _ => return,
        };
        self.push(spot.key_error(format!("{} {lacks}", quoted(name))).help(help));
    }

    /// Reports limits that Docker or Swarm would refuse.
    fn limits_are_possible(&mut self, containers: &Spot<'_>, pools: &[Option<PoolSpec>]) {
        let most = pools.iter().flatten().map(|pool| pool.shape.capacity.cpu_milli);
        let most = most.max().unwrap_or(u64::MAX);
        let is_docker = self.platform != Platform::Swarm;
        for container in containers.items() {
            let limits = container.at("resources").at("limits");
            let (cpu, memory) = (limits.at("cpu"), limits.at("memory"));
            if let Some(Ok(said)) = cpu.read::<CpuQuantity>() {
                let milli = said.millis();
                let wrong = match Quota::of_cpus(milli) {
                    Err(CpuError::Cpus(0)) => Some((
                        "a limit of 0 CPUs: no container could run".to_owned(),
                        "leave it out for no limit, as 0 is to Docker",
                    )),
                    Err(error) if is_docker => Some((error.to_string(), "write 10m or more")),
                    Ok(_) if is_docker && milli > most => {
                        let most = CpuQuantity::from_millis(most);
                        let what = format!("a limit of {said} CPUs, and the largest host has {most}");
                        Some((what, "Docker takes no more than there are"))
                    }
                    _ => None,
                };
                if let Some((what, help)) = wrong {
                    self.push(cpu.error(what).help(help));
                }
            }
            if let Some(Ok(said)) = memory.read::<ByteQuantity>() {
                let least = if is_docker {
                    DOCKER_MEMORY_MIN
                } else {
                    SWARM_MEMORY_MIN
                };
                if said.bytes() < least {
                    let (who, least) = (title(self.platform), ByteQuantity::new(least));
                    let what = format!("a memory limit of {said}: {who} takes no less than {least}");
                    self.push(memory.error(what));
                }
            }
        }
    }
}

/// The names of the machines that are there at the start.
fn host_names(pools: &[Option<PoolSpec>]) -> Vec<String> {
    let pools = pools.iter().flatten();
    let names = pools.flat_map(|pool| {
        (0..pool.nodes_initial as usize).map(|index| match pool.named.get(index) {
            Some(node) => node.name.clone(),
            None => format!("{}-{index}", pool.name),
        })
    });
    names.collect()
}
