//! What `--out` leaves: tables, a page that starts with the answer, and pictures; the same bytes for the same state.

use super::{in_folder, state};
use std::collections::BTreeMap;
use std::path::Path;

/// Every file below `folder` by its path.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for sub in ["", "plots"] {
        for entry in std::fs::read_dir(folder.join(sub))
            .into_iter()
            .flatten()
            .flatten()
        {
            if entry.path().is_file() {
                let name = Path::new(sub).join(entry.file_name()).display().to_string();
                found.insert(name, std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    found
}

fn names(files: &BTreeMap<String, String>) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}

#[test]
fn nodes_needed_are_a_table_a_page_and_pictures_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let run = |out: &str| in_folder(folder.path(), &state(), &["--out", out, "--quiet"]);
    let (code, _, err) = run("first");
    assert_eq!(code, 0, "{err}");
    run("second");
    let first = files(&folder.path().join("first"));
    assert_eq!(first, files(&folder.path().join("second")));
    assert_eq!(
        names(&first),
        [
            "nodes_needed.csv",
            "plots/nodes_needed.svg",
            "plots/packed.svg",
            "plots/today.svg",
            "report.html"
        ]
    );
    assert!(first["nodes_needed.csv"].starts_with("policy,nodes,pods_waiting,lower_bound\n"));
    let page = &first["report.html"];
    let answer = page
        .split("<h1>")
        .nth(1)
        .and_then(|rest| rest.split("</h1>").next());
    insta::assert_snapshot!(answer.unwrap());
    for svg in ["plots/packed.svg", "plots/today.svg"] {
        let picture = &first[svg];
        assert!(picture.contains("shop/big-1 on"), "{svg} names pods and nodes");
        assert!(
            picture.contains(">web<") && picture.contains("ends with its node"),
            "{svg} says which colour is which workload"
        );
    }
}

/// The page has the moves in order, and of the nodes that stay why; the folder is used again, and what is old goes.
#[test]
fn a_plan_is_a_page_with_the_nodes_before_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("plan");
    let run = |nodes: &str| in_folder(folder.path(), &state(), &["--free-nodes", nodes, "--out", "plan"]);
    let (code, told, err) = run("2");
    assert_eq!(code, 0, "{err}");
    assert!(told.contains("Report: plan/report.html"), "{told}");
    let plan = files(&out);
    assert_eq!(
        names(&plan),
        [
            "moves.csv",
            "plan_nodes.csv",
            "plots/after.svg",
            "plots/before.svg",
            "report.html"
        ]
    );
    insta::assert_snapshot!(plan["plan_nodes.csv"]);
    let moves = plan["moves.csv"].lines().count() - 1;
    for svg in ["plots/before.svg", "plots/after.svg"] {
        let outlines = plan[svg].matches("stroke=\"#111\"").count();
        assert!(outlines >= moves, "{svg} points out the pods that move");
    }
    assert!(plan["plots/after.svg"].contains(">free<"));
    let (code, _, _) = run("6");
    assert_eq!(code, 99, "the plan is written all the same");
    let page = &files(&out)["report.html"];
    assert!(page.contains("Nodes that cannot be freed") && page.contains("shop/bare-0 has no controller"));
}

/// A folder of something else is left alone, and a state that is wrong leaves no folder at all.
#[test]
fn nothing_is_written_where_it_should_not_be() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    std::fs::write(folder.path().join("mine/moves.csv"), "my,own\n").unwrap();
    let (code, _, err) = in_folder(folder.path(), &state(), &["--free-nodes", "1", "--out", "mine"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("holds something else"), "{err}");
    assert_eq!(files(&folder.path().join("mine")).len(), 1);
    let wrong = state().replace("nodeName: e,", "nodeName: gone,");
    let (code, _, _) = in_folder(folder.path(), &wrong, &["--free-nodes", "1", "--out", "new"]);
    assert_eq!(code, 2);
    assert!(!folder.path().join("new").exists());
}
