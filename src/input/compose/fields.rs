//! Which keys a Compose file has: those that are read, and those that are known and ignored.
//!
//! Knows: the Compose Specification's names. Must not know: what is made of them. The notation is that of the tables of
//! manifests.

use crate::input::manifests::fields::{read, schema_of};
use serde_json::Value;
use std::collections::BTreeMap;

const TABLE: &str = "
File: -name -version -networks -volumes -configs -secrets -models include:any

Service: image:text depends_on:any deploy:Deploy healthcheck:HealthCheck restart:any scale:count profiles:[text]
  cpus:any cpu_shares:any cpu_quota:any cpu_period:any mem_limit:any mem_reservation:any memswap_limit:any
  oom_score_adj:any stop_grace_period:text extends:any
  -annotations -attach -blkio_config -build -cap_add -cap_drop -cgroup -cgroup_parent -command -configs -container_name
  -cpu_count -cpu_percent -cpu_rt_period -cpu_rt_runtime -cpuset -credential_spec -develop -device_cgroup_rules
  -devices -dns -dns_opt -dns_search -domainname -driver_opts -entrypoint -env_file -environment -expose
  -external_links -extra_hosts -gpus -group_add -hostname -init -ipc -isolation -label_file -labels -links -logging
  -mac_address -mem_swappiness -models -network_mode -networks -oom_kill_disable -pid
  -pids_limit -platform ports:any -post_start -pre_stop -privileged -provider -pull_policy -read_only -runtime -secrets
  -security_opt -shm_size -stdin_open -stop_signal -storage_opt -sysctls -tmpfs -tty -ulimits -use_api_socket -user
  -userns_mode -uts -volumes -volumes_from -working_dir

HealthCheck: interval:text timeout:text retries:any start_period:text start_interval:text disable:bool test:any

Deploy: replicas:count mode:text resources:Resources restart_policy:RestartPolicy update_config:UpdateConfig
  placement:Placement rollback_config:UpdateConfig -endpoint_mode -labels
Resources: limits:Limits reservations:Reservations
Limits: cpus:any memory:any -pids
Reservations: cpus:any memory:any devices:[Device] -generic_resources
Device: capabilities:[text] driver:text count:any -device_ids -options
RestartPolicy: condition:text delay:text max_attempts:count window:text
UpdateConfig: parallelism:count delay:text order:text monitor:text max_failure_ratio:any failure_action:text
Placement: constraints:[text] max_replicas_per_node:count preferences:[Preference]
Preference: spread:text
";

/// The schemas of a file without its services, and of a service.
#[derive(Debug)]
pub(super) struct Fields {
    tables: BTreeMap<&'static str, Vec<&'static str>>,
}

impl Fields {
    pub(super) fn new() -> Self {
        Self {
            tables: read(TABLE).into_iter().collect(),
        }
    }

    /// The schema of the definition `name`.
    pub(super) fn schema(&self, name: &str) -> Value {
        schema_of(name, &self.tables)
    }
}
