//! Streaming what was validated: times, demands, counts, forks, and files that change underneath.

use std::sync::Arc;

use super::{
    AzureLlmTrace, COST, CountsCsv, CountsCsvOptions, NumberList, NumberListOptions, counts, gzip, open,
    requests, rest, rest_counts, scratch, series,
};
use crate::engine::{Span, StreamKey, Time};
use crate::workload::load::{ArrivalFactory, CountSeries, Counts, Factors, LoadSpec, Repeat, Spread};

fn nanos(source: &[crate::workload::load::Arrival]) -> Vec<u64> {
    source.iter().map(|arrival| arrival.at.nanos()).collect()
}

#[test]
fn azure_rows_become_times_after_the_first_and_demands_of_tokens() {
    let text = b"TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:17:03.9799600,4808,10\r\n\
        2023-11-16 18:17:04.0319600,3180,8\r\n2023-11-16 18:17:04.0319600,0,0";
    let file = scratch(text);
    let trace = AzureLlmTrace::azure_llm(&file.path, COST).unwrap();
    let arrivals = rest(open(&trace).as_mut());
    assert_eq!(nanos(&arrivals), [0, 52_000_000, 52_000_000]);
    let demands: Vec<_> = arrivals
        .iter()
        .map(|arrival| arrival.demand.unwrap().nanos())
        .collect();
    assert_eq!(demands, [690_800_000, 488_000_000, 10_000_000]);
    assert_eq!(trace.summary().length, Span::from_nanos(52_000_000 + 26_000_000));
}

#[test]
fn classes_are_names_or_indices_and_may_be_absent() {
    let text = b"id,timestamp,demand,class\n\"a,b\",2023-11-16T18:00:00Z,0.5,large\nc,2023-11-16 18:00:01.5,,0\nd,1700157602,1e-3,\n";
    for contents in [text.to_vec(), gzip(text)] {
        let file = scratch(&contents);
        let trace = requests(&file.path).unwrap();
        let arrivals = rest(open(&trace).as_mut());
        assert_eq!(nanos(&arrivals), [0, 1_500_000_000, 2_000_000_000]);
        assert_eq!(
            arrivals.iter().map(|arrival| arrival.class).collect::<Vec<_>>(),
            [Some(1), Some(0), None]
        );
        let demands: Vec<_> = arrivals
            .iter()
            .map(|arrival| arrival.demand.map(Span::nanos))
            .collect();
        assert_eq!(demands, [Some(500_000_000), None, Some(1_000_000)]);
        assert_eq!(trace.length(), Some(Span::from_secs(3)));
    }
}

#[test]
fn a_fork_goes_on_at_the_same_row() {
    let text = format!(
        "timestamp\n{}",
        (0..5000).map(|row| format!("{row}\n\n")).collect::<String>()
    );
    for contents in [text.clone().into_bytes(), gzip(text.as_bytes())] {
        let file = scratch(&contents);
        let trace = requests(&file.path).unwrap();
        for skip in [0, 1, 2499, 5000] {
            let mut source = open(&trace);
            for _ in 0..skip {
                source.next_arrival();
            }
            let mut fork = source.clone();
            let (left, right) = (rest(source.as_mut()), rest(fork.as_mut()));
            assert_eq!(left.len(), 5000 - skip);
            assert_eq!(left, right, "after {skip} rows");
        }
    }
}

#[test]
fn forks_of_count_streams_go_on_at_the_same_interval() {
    let file = scratch(b"period,count\n0,5\n60,6\n240,7\n300,0\n360,9\n");
    let csv = counts(&file.path).unwrap();
    let numbers = scratch(&gzip(b"5 6\n0 0\t7 0 9 \r\n"));
    let list = NumberList::validated(&numbers.path, &NumberListOptions::default()).unwrap();
    for series in [&csv as &dyn CountSeries, &list] {
        assert_eq!(series.intervals(), Some(7));
        for skip in 0..=7 {
            let mut stream = series.open();
            for _ in 0..skip {
                stream.next_count();
            }
            let mut fork = stream.clone();
            let expected = &[5, 6, 0, 0, 7, 0, 9][skip..];
            assert_eq!(rest_counts(stream.as_mut()), expected);
            assert_eq!(rest_counts(fork.as_mut()), expected);
        }
    }
}

#[test]
fn windows_give_their_part_and_its_sum() {
    let file = scratch(b"period,count\n1998-01-01 00:00:00,5\n1998-01-01 00:01:00,6\n1998-01-01 00:04:00,7\n1998-01-01 00:06:00,9\n");
    let window = |from: &str, until: &str| {
        let (from, until) = (Some(from.parse().unwrap()), Some(until.parse().unwrap()));
        let csv = CountsCsv::validated(
            &file.path,
            &CountsCsvOptions {
                from,
                until,
                ..Default::default()
            },
        )
        .unwrap();
        (series(&csv), csv.summary().requests, csv.summary().length)
    };
    let part = window("1998-01-01T00:01:00", "1998-01-01T00:06:00");
    assert_eq!(part, (vec![6, 0, 0, 7, 0], 13, Span::from_secs(300)));
    let gap = window("1998-01-01T00:02:00", "1998-01-01T00:04:00");
    assert_eq!(gap, (vec![0, 0], 0, Span::from_secs(120)));
    let numbers = scratch(b"5 6 0 0 7 0 9");
    let options = NumberListOptions {
        interval: Span::from_secs(10),
        from: Span::from_secs(10),
        until: Some(Span::from_secs(50)),
    };
    let list = NumberList::validated(&numbers.path, &options).unwrap();
    assert_eq!(
        (series(&list), list.summary().requests, list.summary().rows),
        (vec![6, 0, 0, 7], 13, 7)
    );
}

#[test]
fn a_changed_file_ends_the_stream_with_a_fault() {
    let file = scratch(b"timestamp\n1\n2\n3\n");
    let trace = requests(&file.path).unwrap();
    for (contents, given) in [
        (&b"timestamp\n1\n2\n"[..], 2),
        (b"timestamp\n1\nx\n3\n", 1),
        (b"timestamp\n5\n2\n3\n", 1),
    ] {
        std::fs::write(&file.path, contents).unwrap();
        let mut source = open(&trace);
        assert_eq!(rest(source.as_mut()).len(), given);
        let fault = source.fault().expect("the change must be noticed").to_owned();
        assert!(fault.contains("changed while it was being read"), "{fault}");
        assert_eq!(
            source.clone().fault(),
            Some(fault.as_str()),
            "a fork must know as well"
        );
    }
    std::fs::remove_file(&file.path).unwrap();
    let looped = LoadSpec::Custom(Arc::new(trace)).with(Factors {
        repeat: Repeat::AtEnd,
        ..Factors::default()
    });
    let mut source = looped.open(StreamKey::new(1, 0), "trace");
    assert!(
        source.next_arrival().is_none(),
        "a loop must not hide a fault by starting again"
    );
    assert!(source.fault().is_some());
}

#[test]
fn changed_counts_end_the_stream_with_a_fault() {
    let file = scratch(b"period,count\n0,5\n60,6\n240,7\n");
    let csv = counts(&file.path).unwrap();
    let list_file = scratch(b"1 2 3");
    let list = NumberList::validated(&list_file.path, &NumberListOptions::default()).unwrap();
    std::fs::write(&file.path, b"period,count\n0,5\n60,6\n").unwrap();
    std::fs::write(&list_file.path, b"1 x 3").unwrap();
    for (series, given) in [(Arc::new(csv) as Arc<dyn CountSeries>, 2), (Arc::new(list), 1)] {
        let mut stream = series.open();
        assert_eq!(rest_counts(stream.as_mut()).len(), given);
        assert!(stream.fault().is_some());
        let spec = LoadSpec::Counts(Counts {
            series,
            interval: Span::from_secs(60),
            spread: Spread::Even,
        });
        let mut source = spec.open(StreamKey::new(1, 0), "trace");
        while source.next_arrival().is_some() {}
        assert!(source.fault().is_some(), "the load must pass the fault on");
    }
}

#[test]
fn a_counted_file_drives_a_load() {
    let file = scratch(b"period,count\n0,5\n60,6\n240,7\n");
    let csv = counts(&file.path).unwrap();
    let (interval, spread) = (csv.interval(), Spread::Uniform);
    let load = LoadSpec::Counts(Counts {
        series: Arc::new(csv),
        interval,
        spread,
    });
    let mut source = load.open(StreamKey::new(1, 0), "trace");
    let times: Vec<Time> = std::iter::from_fn(|| source.next_arrival())
        .map(|arrival| arrival.at)
        .collect();
    assert_eq!(times.len(), 18);
    assert!(times.iter().filter(|time| time.secs_f64() >= 240.0).count() == 7);
    assert_eq!(load.length(), Some(Span::from_secs(300)));
}
