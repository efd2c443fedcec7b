//! Files of machines and pods, good and bad.

use super::{FleetFiles, read};
use crate::input::{Diagnostics, Sources};
use crate::model::gpu::GpuRequest;
use std::io::Write;

const NODES: &str = "sn,cpu_milli,memory_mib,gpu,model\n\
                     a,64000,262144,2,P100\nb,96000,393216,8,G2\nc,8000,1000,0,\n";

fn given(nodes: &[u8], pods: &[u8]) -> (Option<FleetFiles>, String) {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let path = |name: &str, bytes: &[u8]| {
        std::fs::write(dir.path().join(name), bytes).expect("the folder is ours");
        dir.path().join(name)
    };
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let files = read(
        &path("nodes.csv", nodes),
        &path("pods.csv", pods),
        &mut sources,
        &mut diagnostics,
    );
    let folder = format!("{}/", dir.path().display());
    let text = diagnostics.render(&sources).replace(&folder, "");
    (files.filter(|_| !diagnostics.has_errors()), text)
}

#[test]
fn columns_are_found_by_name_in_any_order_and_gzip_is_unpacked() {
    let pods = "gpu_milli,num_gpu,name,cpu_milli,memory_mib,gpu_spec,creation_time\n\
                460,1,p,6000,12288,G2|T4,17\n1000,2,q,1000,0,,\n0,0,r,500,10,,3\n";
    let (plain, said) = given(NODES.as_bytes(), pods.as_bytes());
    let plain = plain.expect(&said);
    assert!(plain.is_openb);
    let requests: Vec<_> = plain.pods.iter().map(|pod| pod.request.gpus).collect();
    assert_eq!(
        requests,
        [GpuRequest::share(460), GpuRequest::whole(2), GpuRequest::NONE]
    );
    assert!(
        said.contains("T4"),
        "an alternative that no machine has is worth a word: {said}"
    );
    let g2 = plain.models.find("G2").expect("a machine has it");
    assert_eq!(plain.pods[0].request.models, g2);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(pods.as_bytes()).expect("in memory");
    let (gzip, said) = given(NODES.as_bytes(), &packed.finish().expect("in memory"));
    assert_eq!(gzip.expect(&said).pods, plain.pods);
}

#[test]
fn machines_whose_memory_is_not_known_refuse_nobody_for_it() {
    let nodes = "gpu_model,gpu_capacity_num,cpu_num,node_name\nA10,1,128,0\nH800,8,192,1\n";
    let pods = "name,cpu,memory_gib,gpus,gpu_model\np,0.5,2000,1,A10\n";
    let (files, said) = given(nodes.as_bytes(), pods.as_bytes());
    let files = files.expect(&said);
    assert!(!files.is_openb && !files.memory_known);
    assert_eq!(files.nodes[1].cpu_milli, 192_000);
    assert_eq!(files.pods[0].request.cpu_milli, 500);
    assert_eq!(files.pods[0].request.memory_mib, 0);
}

#[test]
fn every_bad_row_is_told_at_once() {
    let nodes = "sn,cpu_milli,memory_mib,gpu,model\n\
                 a,64000,262144,2,P100\na,64000,262144,2,P100\nb,0,262144,2,P100\nc,-5,100,65,P100\nd,1,1\n,1,1,0,\n";
    let pods = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n\
                p,1000,10,1,500,P10\nq,1000,10,2,500,\nr,x,-1,1,2000,\np,1000,10,1,0,\ns,1.5,10,0,7,\n\"t\",1000,10,1,500,P100,extra\n";
    let (files, said) = given(nodes.as_bytes(), pods.as_bytes());
    assert!(files.is_none());
    insta::assert_snapshot!(said);
}

#[test]
fn pods_that_fit_no_machine_are_told_with_what_stands_in_their_way() {
    let pods = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n\
                p,96001,10,0,0,\nq,1000,400000,0,0,\nr,1000,10,9,1000,\ns,65000,10,1,500,P100\nt,1000,10,4,1000,P100\n\
                fine,96000,393216,8,1000,\n";
    let (files, said) = given(NODES.as_bytes(), pods.as_bytes());
    assert!(files.is_none());
    insta::assert_snapshot!(said);
}

#[test]
fn files_without_rows_or_columns_are_told() {
    for (nodes, pods) in [
        ("", ""),
        ("sn,cpu_milli\n", "name,cpu_milli\n"),
        ("serial,cpu_mili\na,1\n", "nam,cpu_milli\np,1\n"),
        (NODES, "name,cpu_milli\np,0\n"),
    ] {
        let (files, said) = given(nodes.as_bytes(), pods.as_bytes());
        assert!(files.is_none(), "{said}");
        assert!(said.contains("pods.csv"), "{said}");
    }
}

mod hostile {
    use super::given;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        /// No bytes make the reader panic.
        #[test]
        fn no_bytes_break_it(
            nodes in "(sn,cpu_milli,gpu,model\n)?[a-d0-9,\"\n\r.|-]{0,80}",
            pods in "(name,cpu_milli,num_gpu,gpu_milli,gpu_spec\n)?[a-d0-9,\"\n\r.|é-]{0,80}",
            noise in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let _ = given(nodes.as_bytes(), pods.as_bytes());
            let _ = given(&noise, pods.as_bytes());
        }
    }
}

#[test]
fn bad_machines_with_cells_and_virtual_machines_are_told_row_by_row() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let path = |name: &str, text: &str| {
        std::fs::write(dir.path().join(name), text).expect("the folder is ours");
        dir.path().join(name)
    };
    let told = |machines: &str, vms: &str| {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let (machines, vms) = (path("machines.csv", machines), path("vms.csv", vms));
        super::read_numa(&machines, &vms, 10, &mut sources, &mut diagnostics);
        let folder = format!("{}/", dir.path().display());
        diagnostics.render(&sources).replace(&folder, "")
    };
    let vms = "flavor_vcpus,flavor_ram,numa,strategy,group,domain\n\
               8,16,1,afinity,0,\n8,16,1,affinity,,\n8,16,2,fault_domain,1,\n0,16,1,,,\n8,-1,0,,,\n64,16,2,,,\n48,16,1,,,\n";
    let sound = told("CPU1,RAM1,CPU2,RAM2\n32,64,32,64\n0,0,16,32\n", vms);
    let bad = told("CPU1,RAM1,CPU2,RAM2\n0,64,32,0\nx,1,1,1\n", "vcpus,numa\n1,1\n");
    insta::assert_snapshot!(format!("{sound}\n---\n{bad}"));
}
