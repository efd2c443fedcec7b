//! Traces of pods that come and go, as they are published, and bad ones.

use crate::engine::{Span, Time};
use crate::input::fleet::{LifetimeFiles, MachineNames, Machines, read_lifetimes};
use crate::input::{Diagnostics, Sources};
use crate::model::fleet::{FleetNode, Role, Side};
use crate::model::gpu::{GpuRequest, ModelSet};
use crate::sim::packing::dynamic::{Gang, Spread};
use proptest::prelude::*;

fn given(pods: &str) -> (Option<LifetimeFiles>, String) {
    let node = FleetNode {
        name: "a".to_owned(),
        cpu_milli: 64_000,
        memory_mib: 1 << 20,
        pods: 10,
        gpus: 8,
        model: ModelSet::NONE,
        side: Side::UNLIMITED,
    };
    let dir = tempfile::tempdir().expect("a folder for the test");
    let path = dir.path().join("pods.csv");
    std::fs::write(&path, pods).expect("the folder is ours");
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let (kinds, names) = ([(node, 3)], MachineNames::default());
    let machines = Machines::Alike(&kinds, &names);
    let files = read_lifetimes(machines, &path, &mut sources, &mut diagnostics);
    let folder = format!("{}/", dir.path().display());
    let text = diagnostics.render(&sources).replace(&folder, "");
    (files.filter(|_| !diagnostics.has_errors()), text)
}

fn millis(millis: u64) -> Time {
    Time::from_nanos(millis * 1_000_000)
}

#[test]
fn every_published_form_is_known_by_its_header() {
    let read = |text: &str| {
        let (files, said) = given(text);
        files.unwrap_or_else(|| panic!("{said}")).pods
    };
    let openb = read(
        "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,creation_time,deletion_time,scheduled_time\n\
         p,6000,12288,1,460,,10611007,10616635,10611022\nq,100,1,0,0,,10610000,,\n",
    );
    assert_eq!(
        openb[0].arrival,
        millis(1_007_000),
        "from the first arrival on; digits are no date"
    );
    assert_eq!(
        openb[0].lifetime,
        Some(Span::from_secs(5613)),
        "from when it started there"
    );
    assert_eq!(openb[0].request.gpus, GpuRequest::share(460));
    assert_eq!(
        (openb[1].arrival, openb[1].lifetime),
        (Time::ZERO, None),
        "it is not known to end"
    );

    let dlrm = read(
        "instance_sn,role,app_name,cpu_request,gpu_request,memory_request,max_instance_per_node,creation_time,deletion_time\n\
         i0,HN,a,12,1,120.5,8,,469700.00000000006\ni1,CN,b,2.5,0,1,-1,500.25,\ni2,CN,a,1,0,1,2,7,9\n",
    );
    assert_eq!(dlrm[0].arrival, Time::ZERO, "before the trace begins");
    assert_eq!(dlrm[0].lifetime, Some(Span::from_secs(469_700)));
    assert_eq!(dlrm[0].request.memory_mib, 123_392);
    assert_eq!(dlrm[0].spread, Some(Spread { group: 0, most: 8 }));
    assert_eq!(
        dlrm[1].spread,
        Some(Spread {
            group: 1,
            most: u32::MAX
        }),
        "-1 is no limit"
    );
    assert_eq!(
        dlrm[1].arrival,
        millis(500_250),
        "the trace's zero stays, as some came before"
    );
    assert_eq!(dlrm[1].request.cpu_milli, 2500);

    let surf = read(
        "id,submission_time,duration,cpu_count,cpu_capacity,mem_capacity\n\
         1,1665093600000,27930000,16,33600,100000\n2,1665093600500,1,1,2100,1\n",
    );
    assert_eq!(
        surf[0].lifetime,
        Some(Span::from_secs(27_930)),
        "thousandths of a second"
    );
    assert_eq!(surf[1].arrival, millis(500));
    assert_eq!(
        (surf[0].request.cpu_milli, surf[0].request.memory_mib),
        (16_000, 95_367),
        "millions of bytes"
    );

    let philly = read(
        "timestamp,duration,num_gpus,gpu_time,cluster\n\
         2017-10-09 07:01:55,66.0,1,66.0,11cb48\n2017-10-08 07:01:55,10,128,5,11cb48\n",
    );
    assert_eq!(
        (philly[0].name.as_str(), philly[0].arrival),
        ("job-00001", millis(86_400_000))
    );
    assert_eq!(
        philly[1].request.gpus,
        GpuRequest::whole(128),
        "too large for any machine, and no mistake"
    );

    let plain = read(
        "name,arrival,duration,cpu,memory_gib,gpu,gpu_milli,priority,group,max_per_node\n\
         a,0,1.5,0.5,1,1,500,-3,g,2\nb,2,0,1,1,0,0,,,\n",
    );
    assert_eq!(
        (plain[0].lifetime, plain[0].priority),
        (Some(Span::from_nanos(1_500_000_000)), -3)
    );
    assert_eq!((plain[1].lifetime, plain[1].spread), (Some(Span::ZERO), None));
}

#[test]
fn disks_cards_gangs_and_clusters_are_read() {
    let (files, said) = given(
        "name,arrival,duration,gpu,disk_request,rdma_request,role,nodes,tasks,cluster\n\
         a,0,1,8,680.5,25,HN,2,,vision\nb,0,1,1,,,,,3,speech\nc,0,1,1,0,0,CN,,,vision\nd,0,1,1,0,0,CN,4,4,\n",
    );
    let files = files.unwrap_or_else(|| panic!("{said}"));
    let side = files.pods[0].request.side;
    assert_eq!((side.disk_mib, side.rdma_percent), (696_832, 25));
    assert_eq!(
        side.role,
        Role::ANY,
        "no machine has a role, so that every one will do"
    );
    let gangs: Vec<_> = files.pods.iter().map(|pod| pod.gang).collect();
    let gang = |parts, apart| Some(Gang { parts, apart });
    assert_eq!(gangs, [gang(2, true), gang(3, false), None, gang(4, true)]);
    assert_eq!(files.clusters, ["vision", "speech"]);
    let clusters: Vec<_> = files.pods.iter().map(|pod| pod.cluster).collect();
    assert_eq!(clusters, [Some(0), Some(1), Some(0), None]);
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_place() {
    let (files, said) = given(
        "name,arrival,duration,cpu,gpu,priority,group,max_per_node\n\
         a,-1,5,1,0,0,,\n\
         a,1,x,1,0,0,,\n\
         b,1,5,-2,0,0,,\n\
         c,1,5,1,0,high,,\n\
         d,1,5,1,0,0,g,0\n\
         e,1,5,1,0,0,,3\n\
         f,1e3,5,1,0,0,,\n\
         g,inf,5,1,0,0,,\n\
         h,1,99999999999999999999,1,0,0,,\n\
         i,1,5\n",
    );
    assert!(files.is_none());
    insta::assert_snapshot!(said);
}

#[test]
fn who_goes_before_it_comes_is_told() {
    let (files, said) = given("name,cpu,creation_time,deletion_time\na,1,7,5\n");
    assert!(files.is_none());
    assert!(said.contains("goes at 5, before it comes at 7"), "{said}");
    assert!(said.contains(":2:"), "the row is named: {said}");
}

#[test]
fn a_file_without_times_or_sizes_is_told_what_is_missing() {
    for (header, missing) in [
        ("name,cpu", "arrival_s"),
        ("name,cpu,arrival_s", "lifetime_s"),
        ("name,arrival_s,lifetime_s", "cpu_milli"),
    ] {
        let (files, said) = given(&format!("{header}\n"));
        assert!(files.is_none());
        assert!(
            said.contains(&format!("no column `{missing}`")),
            "{header}: {said}"
        );
    }
}

proptest! {
    /// Whatever stands in a field: a diagnostic or a pod, never a panic.
    #[test]
    fn nothing_in_a_field_brings_it_down(fields in prop::collection::vec("[-0-9.:eE T,x\"]{0,12}|[0-9]{1,25}", 8)) {
        let row = fields.join(",");
        let (files, said) = given(&format!("name,arrival,duration,cpu,gpu,priority,group,max_per_node\n{row}\n"));
        prop_assert!(files.is_some() || said.contains("error"), "{said}");
    }
}
