//! Broken files: an error with the right row, never a panic, never a run on half a trace.

use proptest::prelude::*;

use super::{
    AzureLlmTrace, COST, CountsCsv, CountsCsvOptions, NumberList, NumberListOptions, RequestsCsv,
    RequestsCsvOptions, TraceError, all_errors, counts, gzip, requests, scratch,
};
use crate::engine::Span;
use crate::input::trace::{LINE_MAX, PROBLEMS_MAX};

fn rows(error: &TraceError) -> Vec<Option<u64>> {
    error.problems.iter().map(|problem| problem.row).collect()
}

#[test]
fn a_missing_file_is_named() {
    for error in all_errors(std::path::Path::new("/no/such/file.csv")) {
        let error = error.expect("a missing file is an error");
        assert_eq!(
            error.to_string(),
            "/no/such/file.csv: found no such file, expected a readable file"
        );
    }
}

#[test]
fn an_empty_file_is_not_an_empty_load() {
    for contents in [Vec::new(), b"\n\n  \n".to_vec(), gzip(b"")] {
        let file = scratch(&contents);
        for error in all_errors(&file.path) {
            let error = error.expect("an empty file is an error");
            assert!(error.to_string().contains("found an empty file"), "{error}");
        }
    }
}

#[test]
fn a_header_alone_is_not_an_empty_load() {
    let error = requests(&scratch(b"timestamp\n").path).unwrap_err();
    assert_eq!(
        error.problems[0].to_string(),
        "found a header and no rows, expected one row or more"
    );
    assert!(counts(&scratch(b"period,count\n").path).is_err());
}

#[test]
fn a_missing_header_does_not_eat_the_first_row() {
    let error = AzureLlmTrace::azure_llm(&scratch(b"2023-11-16 18:17:03,1,2\n").path, COST).unwrap_err();
    let text = error.problems[0].to_string();
    assert!(
        text.contains("expected the header TIMESTAMP,ContextTokens,GeneratedTokens"),
        "{text}"
    );
    let error = requests(&scratch(b"1.0,small\n2.0,large\n").path).unwrap_err();
    assert!(error.problems[0].expected.contains("\"timestamp\""), "{error}");
    assert!(counts(&scratch(b"1998-04-30 21:30:00,2\n").path).is_err());
}

#[test]
fn every_broken_row_is_reported_with_its_number() {
    let file = scratch(
        b"timestamp,class,demand\n0,small,1\nx,small,1\n2,huge,1\n3,large,-1\n4,large\n5,,\n4.5,,\n6,1,2\n",
    );
    let error = requests(&file.path).unwrap_err();
    assert_eq!(rows(&error), [2, 3, 4, 5, 7].map(Some));
    let text = error.to_string();
    for part in [
        "row 2: found \"x\", expected seconds or a time",
        "row 3: found \"huge\", expected an index or one of small, large",
        "row 4: found \"-1\", expected seconds from 0 up",
        "row 5: found \"4,large\", expected 3 fields",
        "row 7: found \"4.5\", expected times in order: the row before is at 5",
    ] {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

#[test]
fn blank_lines_move_no_row_number() {
    let error = requests(&scratch(b"timestamp\r\n1\r\n\r\n2\r\nx\r\n").path).unwrap_err();
    assert_eq!(rows(&error), [Some(4)]);
}

#[test]
fn counts_off_the_grid_or_repeated_are_reported() {
    let text = b"period,count\n1998-04-30 21:30:00,2\n1998-04-30 21:31:30,1\n1998-04-30 21:30:00,1\n1998-04-30 21:33:00,-1\n";
    let error = counts(&scratch(text).path).unwrap_err();
    assert_eq!(rows(&error), [2, 3, 4].map(Some));
    assert!(error.to_string().contains("whole intervals of 1m"), "{error}");
}

#[test]
fn windows_outside_the_file_are_refused() {
    let file = scratch(b"period,count\n1998-04-30 21:30:00,2\n1998-04-30 21:35:00,1\n");
    let window = |from: &str, until: &str| {
        let (from, until) = (Some(from.parse().unwrap()), Some(until.parse().unwrap()));
        CountsCsv::validated(
            &file.path,
            &CountsCsvOptions {
                from,
                until,
                ..Default::default()
            },
        )
    };
    assert!(window("1998-04-30T21:31:00", "1998-04-30T21:36:00").is_ok());
    for (from, until) in [
        ("1998-04-30T21:29:00", "1998-04-30T21:33:00"),
        ("1998-04-30T21:31:00", "1998-04-30T21:37:00"),
        ("1998-04-30T21:31:30", "1998-04-30T21:33:00"),
        ("1998-04-30T21:33:00", "1998-04-30T21:33:00"),
    ] {
        let error = window(from, until).unwrap_err().to_string();
        assert!(
            error.contains("expected beginnings of intervals of 1m from 1998-04-30 21:30:00 on"),
            "{error}"
        );
    }
    let list = scratch(b"1 2 3");
    let until = Some(Span::from_secs(4));
    assert!(
        NumberList::validated(
            &list.path,
            &NumberListOptions {
                until,
                ..Default::default()
            }
        )
        .is_err()
    );
    let from = Span::from_nanos(1);
    assert!(
        NumberList::validated(
            &list.path,
            &NumberListOptions {
                from,
                ..Default::default()
            }
        )
        .is_err()
    );
}

#[test]
fn a_list_names_the_number_that_is_none() {
    let broken =
        |text: &[u8]| NumberList::validated(&scratch(text).path, &NumberListOptions::default()).unwrap_err();
    assert_eq!(rows(&broken(b"1 2 x 4")), [Some(3)]);
    assert_eq!(rows(&broken(b"-1 2")), [Some(1)]);
    assert_eq!(rows(&broken(b"1 4294967296")), [Some(2)]);
}

#[test]
fn gzip_cut_short_is_an_error_at_the_row_it_reaches() {
    let mut text = String::from("timestamp\n");
    let mut state = 1u64;
    for second in 0..20_000u64 {
        state = crate::engine::random::mix(state);
        text.push_str(&format!("{second}.{:09}\n", state % 1_000_000_000));
    }
    let whole = gzip(text.as_bytes());
    assert!(requests(&scratch(&whole).path).is_ok());
    for cut in [whole.len() / 2, whole.len() - 1] {
        let error = requests(&scratch(&whole[..cut]).path).unwrap_err();
        let problem = &error.problems[0];
        assert_eq!(problem.expected, "a complete gzip file", "{error}");
        let reached = problem.row.unwrap() as f64 / 20_000.0;
        let share = cut as f64 / whole.len() as f64;
        assert!(
            (reached - share).abs() < 0.05,
            "cut at {share}, reported at {reached}"
        );
    }
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0xff;
    assert!(
        requests(&scratch(&damaged).path).is_err(),
        "damage must not pass the checksum"
    );
}

#[test]
fn a_giant_line_is_refused_without_being_stored() {
    let mut text = b"timestamp\n1\n".to_vec();
    text.extend(std::iter::repeat_n(b'7', 64 * LINE_MAX));
    let error = requests(&scratch(&text).path).unwrap_err();
    assert_eq!(rows(&error), [Some(2)]);
    assert!(
        error.to_string().contains("a line of more than 65536 bytes"),
        "{error}"
    );
    let bomb = gzip(&vec![b'a'; 16 << 20]);
    assert!(all_errors(&scratch(&bomb).path).iter().all(Option::is_some));
}

#[test]
fn a_file_of_rubbish_gives_twenty_problems_not_a_million() {
    let text = format!("timestamp\n{}", "rubbish\n".repeat(1000));
    let error = requests(&scratch(text.as_bytes()).path).unwrap_err();
    assert_eq!(error.problems.len(), PROBLEMS_MAX);
    assert!(error.to_string().ends_with("stopped after 20 problems"));
}

#[test]
fn text_that_is_not_utf8_is_reported_at_its_row() {
    let error = requests(&scratch(b"timestamp,class\n1,small\n2,\xff\xfe\n").path).unwrap_err();
    assert_eq!(rows(&error), [Some(2)]);
}

#[test]
fn times_before_the_beginning_are_refused() {
    let options = RequestsCsvOptions {
        from_first_row: false,
        ..Default::default()
    };
    let error = RequestsCsv::requests_csv(&scratch(b"timestamp\n-1\n2\n").path, &options).unwrap_err();
    assert_eq!(rows(&error), [Some(1)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_a_reader_panic(
        header in prop::sample::select(vec!["", "timestamp,class,demand\n", "period,count\n",
            "TIMESTAMP,ContextTokens,GeneratedTokens\n"]),
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "[-+0-9e.,: TZ\"\n\r]{0,200}".prop_map(String::into_bytes),
            prop::collection::vec("[0-9]{1,25}(\\.[0-9]{0,12})?,[0-9]{0,12},?[0-9]{0,3}", 0..6)
                .prop_map(|lines| lines.join("\n").into_bytes()),
        ],
        compressed in any::<bool>(),
    ) {
        let mut text = header.as_bytes().to_vec();
        text.extend(body);
        let file = scratch(&if compressed { gzip(&text) } else { text });
        // Whatever passes must then stream to its end without a fault.
        if let Ok(trace) = requests(&file.path) {
            let mut source = super::open(&trace);
            prop_assert_eq!(super::rest(source.as_mut()).len() as u64, trace.summary().rows);
            prop_assert_eq!(source.fault(), None);
        }
        all_errors(&file.path);
    }
}
