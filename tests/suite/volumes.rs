//! Volumes in whole simulations: zones that pin pods, limits of what a node attaches, pods that wait for a volume to move,
//! and claims that a quota refuses.

use crate::kept_rows::{self, Rows};
use crate::written;
use tonnage::engine::Span;
use tonnage::sim::rows::PodRow;

/// Twenty minutes on two nodes in each of three zones, which attach four volumes each.
fn run(cluster: &str, rest: &str, workloads: &str, placement: &str, scaling: &str) -> Rows {
    let text = format!(
        "name: volumes\nduration: 20m\n\
         cluster:\n\
         \x20 pools: [{{name: a, shape: {{cpu: 4, memory: 16Gi}}, nodes: 6, zones: [x, y, z], \
         csiNode: {{drivers: [{{name: ebs.csi.aws.com, allocatable: {{count: 4}}}}]}}}}]\n\
         \x20 storageClasses:\n\
         \x20 - {{name: lazy, isDefault: true, volumeBindingMode: WaitForFirstConsumer, attach: 10s, detach: 5s}}\n\
         \x20 - {{name: eager, attach: 10s, detach: 5s}}\n\
         \x20 - {{name: only-y, volumeBindingMode: WaitForFirstConsumer, allowedTopologies: [{{matchLabelExpressions: \
         [{{key: topology.kubernetes.io/zone, values: [y]}}]}}]}}\n\
         \x20 - {{name: files, provisioner: efs.csi.aws.com, zonal: false}}\n{cluster}\
         {rest}workloads:\n{workloads}\
         load: [{{to: db, arrivals: {{poisson: {{rate: 5/s}}}}}}]\n\
         policies: {{placement: {placement}, pod_scaling: {{{scaling}}}}}\n"
    );
    kept_rows::run(written::scenario(&text), Span::from_secs(11)).1
}

fn workload(name: &str, replicas: u32, cpu: &str, volumes: &str) -> String {
    format!(
        "- {{name: {name}, serving: {{replicas: {replicas}, demand: 10ms, {volumes}, containers: \
         [{{name: c, slots: 4, resources: {{requests: {{cpu: {cpu}, memory: 1Gi}}}}}}]}}}}\n"
    )
}

fn own(class: &str, modes: &str) -> String {
    format!(
        "volumeClaimTemplates: [{{name: data, storageClassName: {class}, accessModes: [{modes}], \
         resources: {{requests: {{storage: 10Gi}}}}}}]"
    )
}

const SHARED: &str = "volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]";

fn claim(class: &str, mode: &str) -> String {
    format!(
        "\x20 persistentVolumeClaims: [{{name: data, storageClassName: {class}, accessModes: [{mode}], \
         resources: {{requests: {{storage: 10Gi}}}}}}]\n"
    )
}

/// The zone of a node, whose number in its pool says it.
fn zone(pod: &PodRow) -> &'static str {
    let ordinal: usize = pod.node.trim_start_matches("a-").parse().expect("a node's name");
    ["x", "y", "z"][ordinal % 3]
}

fn of<'a>(rows: &'a Rows, workload: &'a str) -> Vec<&'a PodRow> {
    let mut pods: Vec<&PodRow> = rows.pods.iter().filter(|pod| pod.workload == workload).collect();
    pods.sort_by(|a, b| {
        let by_time = a.created_s.total_cmp(&b.created_s);
        by_time.then_with(|| a.pod.cmp(&b.pod))
    });
    pods
}

fn waits<'a>(rows: &'a Rows, subject: &str) -> Vec<&'a str> {
    let rows = rows.of("placement", "wait").filter(|row| row.subject == subject);
    rows.map(|row| row.reason.as_str()).collect()
}

const EVERY_PLACER: [&str; 6] = [
    "kube_scheduler",
    "best_fit",
    "first_fit",
    "worst_fit",
    "next_fit",
    "random",
];

/// A replica that comes back gets its number, its volume and therefore its zone, whoever places it.
#[test]
fn a_volume_keeps_later_pods_in_its_zone() {
    let scaling = "db: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 3}, {cron: '4-59/8 * * * *', replicas: 0}, \
                   {cron: '8-59/8 * * * *', replicas: 3}]}}";
    for placer in EVERY_PLACER {
        let rows = run(
            "",
            "",
            &workload("db", 3, "3", &own("lazy", "ReadWriteOnce")),
            placer,
            scaling,
        );
        let pods = of(&rows, "db");
        assert!(
            pods.len() >= 6 && pods.iter().all(|pod| pod.bound_s.is_some()),
            "{placer}: {pods:?}"
        );
        for later in pods.chunks(3).skip(1) {
            let zones = |pods: &[&PodRow]| pods.iter().map(|pod| zone(pod)).collect::<Vec<_>>();
            assert_eq!(zones(&pods[..later.len()]), zones(later), "{placer}");
        }
    }
}

/// The zones of volumes that do not wait for a pod take turns by the number of the replica; the pods follow them.
#[test]
fn volumes_made_at_once_choose_the_zone_and_the_pods_follow() {
    let rows = run(
        "",
        "",
        &workload("db", 3, "1", &own("eager", "ReadWriteOnce")),
        "first_fit",
        "",
    );
    let mut zones: Vec<_> = of(&rows, "db").iter().map(|pod| zone(pod)).collect();
    zones.sort_unstable();
    assert_eq!(zones, ["x", "y", "z"]);
}

#[test]
fn where_no_volume_can_be_made_no_pod_goes_and_kubernetes_says_so() {
    let two = format!(
        "{}{}",
        workload("db", 2, "3", &own("only-y", "ReadWriteOnce")),
        workload("more", 1, "3", &own("only-y", "ReadWriteOnce"))
    );
    let rows = run("", "", &two, "kube_scheduler", "");
    assert!(of(&rows, "db").iter().all(|pod| zone(pod) == "y"));
    assert_eq!(
        waits(&rows, "more"),
        [
            "0/6 nodes are available: 2 Insufficient cpu, 4 node(s) didn't find available persistent volumes to bind. \
             preemption: 0/6 nodes are available: 2 No preemption victims found for incoming pod, \
             4 Preemption is not helpful for scheduling."
        ]
    );
}

/// A bound volume keeps its pod waiting while its zone is full, in the words of either version of Kubernetes.
#[test]
fn a_pod_waits_for_room_in_the_zone_of_its_volume() {
    let filler = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: \
                  [{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [y]}]}]}}}";
    let workloads = format!(
        "{}{}",
        workload("db", 1, "3", &own("only-y", "ReadWriteOnce")),
        workload("filler", 0, "3", filler)
    );
    let scaling = "db: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 1}, {cron: '2 0 * * *', replicas: 0}, \
                   {cron: '6 0 * * *', replicas: 1}]}}, \
                   filler: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 0}, {cron: '4 0 * * *', replicas: 2}]}}";
    for (placer, said) in [
        (
            "kube_scheduler",
            "4 node(s) didn't match PersistentVolume's node affinity.",
        ),
        (
            "{kube_scheduler: {version: v1.34}}",
            "4 node(s) had volume node affinity conflict.",
        ),
        ("best_fit", "4 had volume node affinity conflict"),
    ] {
        let rows = run("", "", &workloads, placer, scaling);
        let waited = waits(&rows, "db");
        let found = waited.iter().any(|why| why.contains(said));
        assert!(
            found && of(&rows, "db").last().unwrap().bound_s.is_none(),
            "{placer}: {waited:?}"
        );
    }
}

/// Four volumes a node and six nodes: the 25th pod waits, and a pod whose volume is of another driver does not.
#[test]
fn a_node_attaches_so_many_volumes_and_no_more() {
    for (placer, said) in [
        (
            "kube_scheduler",
            "0/6 nodes are available: 6 node(s) exceed max volume count.",
        ),
        ("worst_fit", "0/6 nodes are available: 6 exceed max volume count"),
    ] {
        let workloads = format!(
            "{}{}",
            workload("db", 26, "100m", &own("lazy", "ReadWriteOnce")),
            workload("web", 2, "100m", &own("files", "ReadWriteMany"))
        );
        let rows = run("", "", &workloads, placer, "");
        let bound = |name: &str| of(&rows, name).iter().filter(|pod| pod.bound_s.is_some()).count();
        assert_eq!((bound("db"), bound("web")), (24, 2), "{placer}");
        let waited = waits(&rows, "db");
        assert!(waited.iter().any(|why| why.starts_with(said)), "{waited:?}");
    }
}

/// The pod of a Deployment that moves waits until its volume is detached there and attached here.
#[test]
fn a_pod_on_another_node_waits_until_the_volume_has_moved() {
    let cluster = claim("lazy", "ReadWriteOnce");
    // The second pod fits only on another node, and gets the volume when the first, which stops at 5 minutes, is gone.
    let scaling = "db: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 1}, {cron: '2 0 * * *', replicas: 0}, \
                   {cron: '4 0 * * *', replicas: 1}]}}";
    let rows = run(
        &cluster,
        "",
        &workload("db", 1, "3", SHARED),
        "kube_scheduler",
        scaling,
    );
    let pods = of(&rows, "db");
    assert_eq!(pods[0].ready_s, Some(0.0), "it was there before the run");
    let (bound, ready) = (pods[1].bound_s.unwrap(), pods[1].ready_s.unwrap());
    assert_eq!((bound, ready), (240.0, 250.0), "ten seconds to attach");
    // Two pods at once, on two nodes of the zone: one of them has the volume, the other waits for it in vain.
    let rows = run(
        &cluster,
        "",
        &workload("db", 2, "3", SHARED),
        "kube_scheduler",
        "",
    );
    let pods = of(&rows, "db");
    assert_eq!(zone(pods[0]), zone(pods[1]));
    assert_ne!(pods[0].node, pods[1].node);
    assert_eq!((pods[0].ready_s, pods[1].ready_s), (Some(0.0), None));
    // With a shared file system both have it, in any zone.
    let rows = run(
        &claim("files", "ReadWriteMany"),
        "",
        &workload("db", 2, "3", SHARED),
        "kube_scheduler",
        "",
    );
    assert!(of(&rows, "db").iter().all(|pod| pod.ready_s == Some(0.0)));
}

/// When the pod that has the volume goes, it is detached (5 s) and attached elsewhere (10 s) for the one that waits; as
/// long as nobody lets go of it, that one waits.
#[test]
fn who_waits_gets_the_volume_when_it_is_free() {
    let workloads = format!(
        "{}{}",
        workload("db", 1, "3", SHARED),
        workload("other", 0, "3", SHARED)
    );
    let later =
        "other: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 0}, {cron: '1 0 * * *', replicas: 1}]}}";
    let goes =
        "db: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 1}, {cron: '5 0 * * *', replicas: 0}]}}";
    let cluster = claim("lazy", "ReadWriteOnce");
    let rows = run(&cluster, "", &workloads, "kube_scheduler", later);
    let pod = *of(&rows, "other").last().unwrap();
    assert_eq!((pod.bound_s, pod.ready_s), (Some(60.0), None));
    let rows = run(
        &cluster,
        "",
        &workloads,
        "kube_scheduler",
        &format!("{later}, {goes}"),
    );
    let gone = of(&rows, "db").last().unwrap().ended_s.unwrap();
    let ready = of(&rows, "other").last().unwrap().ready_s.unwrap();
    assert!((ready - gone - 15.0).abs() < 1e-9, "gone {gone}, ready {ready}");
}

/// A node scaler asks with the pods' own volumes: a volume in zone y needs a node there, whatever one elsewhere costs.
#[test]
fn a_node_is_launched_in_the_zone_of_the_volume() {
    for class in ["eager", "only-y"] {
        let text = format!(
            "name: zones\nduration: 30m\n\
             cluster:\n\
             \x20 pools:\n\
             \x20 - {{name: x, shape: {{cpu: 4, memory: 16Gi, price: {{usd_per_hour: 0.1}}}}, nodes: {{max: 3}}, zones: [x], boot: 60s}}\n\
             \x20 - {{name: y, shape: {{cpu: 4, memory: 16Gi, price: {{usd_per_hour: 0.9}}}}, nodes: {{max: 3}}, zones: [y], boot: 60s}}\n\
             \x20 storageClasses:\n\
             \x20 - {{name: only-y, volumeBindingMode: WaitForFirstConsumer, allowedTopologies: [{{matchLabelExpressions: \
             [{{key: topology.kubernetes.io/zone, values: [y]}}]}}]}}\n\
             \x20 - {{name: eager}}\n\
             workloads:\n{}\
             load: [{{to: db, arrivals: {{poisson: {{rate: 5/s}}}}}}]\n\
             policies: {{placement: kube_scheduler, node_scaling: just_enough}}\n",
            workload("db", 2, "3", &own(class, "ReadWriteOnce"))
        );
        let rows = kept_rows::run(written::scenario(&text), Span::from_secs(11)).1;
        let mut nodes: Vec<&str> = of(&rows, "db").iter().map(|pod| pod.node.as_str()).collect();
        nodes.sort_unstable();
        // The zones of volumes made at once take turns; those of the other class are all in y.
        let expected = if class == "eager" {
            ["x-0", "y-0"]
        } else {
            ["y-0", "y-1"]
        };
        assert_eq!(nodes, expected, "{class}");
    }
}

/// A volume for one pod keeps a second pod off every node, and a pod of higher priority may push the first one out.
#[test]
fn a_volume_for_one_pod_is_used_by_one_pod() {
    let cluster = claim("lazy", "ReadWriteOncePod");
    let rows = run(
        &cluster,
        "",
        &workload("db", 2, "1", SHARED),
        "kube_scheduler",
        "",
    );
    let bound = of(&rows, "db").iter().filter(|pod| pod.bound_s.is_some()).count();
    assert_eq!(bound, 1);
    // It is in one zone, and its nodes are asked for the pod that uses the volume before they are asked for the zone.
    let said = "0/6 nodes are available: 6 node has pod using PersistentVolumeClaim with the same name and \
                ReadWriteOncePod access mode. preemption: 0/6 nodes are available: 6 No preemption victims found for \
                incoming pod.";
    assert_eq!(waits(&rows, "db"), [said]);
    let workloads = format!(
        "{}{}",
        workload("db", 1, "1", SHARED),
        workload("urgent", 0, "1", &format!("priority: 5, {SHARED}"))
    );
    let scaling =
        "urgent: {scheduled: {steps: [{cron: '0 0 * * *', replicas: 0}, {cron: '3 0 * * *', replicas: 1}]}}";
    let rows = run(&cluster, "", &workloads, "kube_scheduler", scaling);
    assert!(of(&rows, "urgent")[0].ready_s.is_some());
    assert_eq!(rows.of("placement", "preempt").count(), 1);
}

/// Claims count against quotas of storage and are bounded by limit ranges; the StatefulSet waits for its third claim.
#[test]
fn claims_are_asked_for_like_pods() {
    let said = "create Claim data-db-2 Pod db-2 in StatefulSet db failed error: persistentvolumeclaims \"data-db-2\" is \
                forbidden: ";
    for (rules, why, pods) in [
        (
            "resourceQuotas: [{name: disk, hard: {requests.storage: 25Gi, persistentvolumeclaims: 5}}]",
            "exceeded quota: disk, requested: requests.storage=10Gi, used: requests.storage=20Gi, \
             limited: requests.storage=25Gi",
            2,
        ),
        (
            "resourceQuotas: [{name: disk, hard: {lazy.storageclass.storage.k8s.io/persistentvolumeclaims: 2}}]",
            "exceeded quota: disk, requested: lazy.storageclass.storage.k8s.io/persistentvolumeclaims=1, \
             used: lazy.storageclass.storage.k8s.io/persistentvolumeclaims=2, \
             limited: lazy.storageclass.storage.k8s.io/persistentvolumeclaims=2",
            2,
        ),
        (
            "limitRanges: [{name: disk, limits: [{type: PersistentVolumeClaim, max: {storage: 5Gi}}]}]",
            "maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 10Gi",
            0,
        ),
    ] {
        let rest = format!("namespaces: [{{name: default, {rules}}}]\n");
        let rows = run(
            "",
            &rest,
            &workload("db", 3, "1", &own("lazy", "ReadWriteOnce")),
            "kube_scheduler",
            "",
        );
        assert_eq!(of(&rows, "db").len(), pods);
        let refused = rows.of("admission", "wait").next().expect("a claim is refused");
        let expected = format!("{}{why}", said.replace('2', &pods.to_string()));
        assert_eq!(refused.reason, expected);
    }
    // A claim that pods share and that is refused never comes; its pods wait for it.
    let rest =
        "namespaces: [{name: default, resourceQuotas: [{name: disk, hard: {persistentvolumeclaims: 0}}]}]\n";
    let rows = run(
        &claim("lazy", "ReadWriteOnce"),
        rest,
        &workload("db", 1, "1", SHARED),
        "kube_scheduler",
        "",
    );
    let waited = waits(&rows, "db");
    let said = "0/6 nodes are available: persistentvolumeclaim \"data\" not found.";
    assert!(
        waited.iter().all(|why| why.starts_with(said)) && !waited.is_empty(),
        "{waited:?}"
    );
}

#[test]
fn mistakes_in_volumes_are_told_at_their_place() {
    let text = "name: x\nduration: 5m\n\
         cluster:\n\
         \x20 pools: [{name: a, shape: {cpu: 4, memory: 16Gi}, nodes: 1}]\n\
         \x20 storageClasses: [{name: gp3, isDefault: true}, {name: io2, isDefault: true}]\n\
         \x20 persistentVolumeClaims: [{name: data, storageClassName: gp2, resources: {requests: {storage: 1Gi}}}, \
         {name: logs, accessModes: [ReadWriteOnce, ReadWriteOncePod], resources: {requests: {storage: 1Gi}}}]\n\
         workloads:\n\
         - {name: w, serving: {demand: 1ms, containers: [{name: c, slots: 1}], volumeClaimTemplates: [{name: d}]}}\n\
         load: [{to: w, arrivals: {poisson: {rate: 1/s}}}]\n";
    let said = written::refusal(text);
    for part in [
        "a second storage class is the default",
        "no storage class is named `gp2`",
        "did you mean `gp3`?",
        "`ReadWriteOncePod` may not be used with other access modes",
        "a claim must say how much storage it asks for",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let sound = text
        .replace("gp2", "gp3")
        .replace(", {name: io2, isDefault: true}", "")
        .replace("[ReadWriteOnce, ReadWriteOncePod]", "[ReadWriteOncePod]")
        .replace(
            "volumeClaimTemplates: [{name: d}]",
            "volumes: [{name: v, persistentVolumeClaim: {claimName: date}}]",
        );
    let said = written::refusal(&sound);
    assert!(
        said.contains("no claim of the namespace `default` is named `date`"),
        "{said}"
    );
    assert!(said.contains("did you mean `data`?"), "{said}");
}
