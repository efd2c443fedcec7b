//! Instance files, sound and not.

mod archives;
mod mistakes;

use super::*;

const LIMITS: PackingLimits = PackingLimits {
    bytes: 100_000,
    files: 50,
    depth: 3,
    items: 1_000,
    all_items: 5_000,
    dimensions: 8,
};

fn vbp_of(text: &str) -> Result<Read, Problems> {
    let mut problems = Problems::default();
    let read = vbp::read("sets/class1_4_2_0.vbp", text, &LIMITS, &mut problems);
    match read {
        Some(read) if problems.is_empty() => Ok(read),
        read => {
            assert!(
                read.is_none() && !problems.is_empty(),
                "refused without a reason, or kept in spite of one"
            );
            Err(problems)
        }
    }
}

fn sizes(read: &Read) -> Vec<Vec<u64>> {
    read.instance
        .items
        .iter()
        .map(|item| item.sizes.clone())
        .collect()
}

#[test]
fn a_vbp_file_is_read_with_its_demands_as_copies() {
    let read = vbp_of("2\n100 50\n\n3\n10 5 1\n20 0 2\n100 50 1\n").unwrap();
    assert_eq!(read.instance.name, "class1_4_2_0");
    assert_eq!(read.instance.dimensions, ["1", "2"]);
    assert_eq!(read.instance.kinds[0].capacity, [100, 50]);
    assert_eq!(sizes(&read), [[10, 5], [20, 0], [20, 0], [100, 50]]);
    let names: Vec<&str> = read
        .instance
        .items
        .iter()
        .map(|item| item.name.as_str())
        .collect();
    assert_eq!(names, ["1", "2.1", "2.2", "3"]);
}

/// Published triplets have sizes of -1; a file that does not prove itself may not.
#[test]
fn sizes_below_zero_are_taken_where_each_three_items_fill_a_bin() {
    let triplets = "2\n100 100\n3\n51 30 1\n50 40 1\n-1 30 1\n";
    let read = vbp_of(triplets).unwrap();
    let last = &read.instance.items[2];
    assert_eq!((last.size(0), last.size(1)), (-1, 30));
    assert_eq!(read.instance.items[0].below_zero, [] as [u64; 0]);
    let broken = vbp_of(&triplets.replace("51 30", "51 31")).unwrap_err();
    assert_eq!(broken.kept()[0].line, Some(6));
    assert!(broken.to_string().contains("`-1`: it is negative"), "{broken}");
    assert!(
        vbp_of(&triplets.replace("50 40 1", "50 40 2")).is_err(),
        "copies make no triplet"
    );
}

#[test]
fn an_or_library_file_holds_several_problems_with_their_best_known() {
    let text = " 2\n u3_00\n 150 3 2\n 100\n 60\n 50\n u3_01\n 10 1 1\n7\n";
    let mut problems = Problems::default();
    let all = or_library::read("binpack.txt", text, &LIMITS, &mut problems);
    assert!(problems.is_empty(), "{problems}");
    let told: Vec<_> = all
        .iter()
        .map(|read| (read.instance.name.as_str(), read.best_known, sizes(read)))
        .collect();
    assert_eq!(
        told,
        [
            ("u3_00", Some(2), vec![vec![100], vec![60], vec![50]]),
            ("u3_01", Some(1), vec![vec![7]])
        ]
    );
    assert!(
        all.iter().all(|read| read.instance.optimum.is_none()),
        "best known is no optimum"
    );
}

#[test]
fn tables_of_items_and_bins_become_one_instance() {
    let items = "name,class,count,cpu,memory\nweb,front,2,500m,1Gi\ndb,,,4,16Gi\n";
    let bins = "memory,name,price,count,cpu\n32Gi,r,0.252,,4\n8Gi,m,0.096,3,2\n";
    let read = read_tables(("jobs/items.csv", items), ("bins.csv", bins), &LIMITS).unwrap();
    let instance = read.instance;
    assert_eq!(
        (instance.name.as_str(), instance.dimensions.as_slice()),
        ("items", &["cpu".to_owned(), "memory".to_owned()][..])
    );
    // CPU in thousandths, for half a core is there; memory in whole bytes.
    assert_eq!(instance.kinds[0].capacity, [4000, 32 << 30]);
    assert_eq!(instance.kinds[1].most, Some(3));
    assert_eq!(
        instance.kinds[1].price.map(crate::model::price::Money::picos),
        Some(96_000_000_000)
    );
    let told: Vec<_> = instance
        .items
        .iter()
        .map(|item| (item.name.as_str(), item.class.as_str(), item.sizes[0]))
        .collect();
    assert_eq!(
        told,
        [("web.1", "front", 500), ("web.2", "front", 500), ("db", "", 4000)]
    );
}

#[test]
fn items_are_presented_in_the_order_for_their_number_and_others_are_counted() {
    let order = ItemOrder::read("order.json", r#"{"3": [2, 0, 1], "1": [0]}"#).unwrap();
    let mut all = vec![
        vbp_of("1\n9\n3\n1 1\n2 1\n3 1\n").unwrap(),
        vbp_of("1\n9\n2\n1 1\n2 1\n").unwrap(),
    ];
    assert_eq!(order.apply(&mut all), 1);
    assert_eq!(sizes(&all[0]), [[3], [1], [2]]);
    assert_eq!(sizes(&all[1]), [[1], [2]]);
}

#[test]
fn optima_are_found_by_name_and_unknown_ones_stay_unknown() {
    let text = "instance_name\tLB\tOPT\nclass1_4_2_0\t1\t2\nother\t1\t-1\n";
    let optima = Optima::read("summary.tsv", text).unwrap();
    let mut all = vec![
        vbp_of("1\n9\n1\n1 1\n").unwrap(),
        vbp_of("1\n9\n1\n1 1\n").unwrap(),
    ];
    all[1].instance.name = "absent".to_owned();
    assert_eq!(optima.apply(&mut all), 1);
    assert_eq!(all[0].instance.optimum, Some(2));
    assert_eq!(optima.place("class1_4_2_0"), Some(("summary.tsv", 2)));
}
