//! Price lists: CSV text → [`PriceBook`].
//!
//! Knows: the columns of a price file and how to say what is wrong with one, all of it at once, by line. Must not know:
//! where the text came from, or what the prices are used for.
//!
//! The format is that of `prices/*.csv`: leading comment lines `# as_of: YYYY-MM-DD` and `# source: text`, a line of
//! column names in any order, then one machine type a line. Required are `name`, `cpu` (virtual CPUs), `memory_gib` and
//! `usd_per_hour`; `gpu`, `gpu_count`, `region`, `os` and `kind` may be left out.

use crate::model::price::{Money, PriceBook, ShapePrice};
use std::collections::BTreeMap;
use std::fmt;

const COLUMNS: [&str; 9] = [
    "name",
    "cpu",
    "memory_gib",
    "usd_per_hour",
    "gpu",
    "gpu_count",
    "region",
    "os",
    "kind",
];
const REQUIRED: usize = 4;
const BYTES_PER_GIB: f64 = 1_073_741_824.0;

/// One thing wrong with a price file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceFileError {
    /// The line, from 1.
    pub line: usize,
    /// What was found and what was expected.
    pub message: String,
}

impl fmt::Display for PriceFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for PriceFileError {}

/// The price list in the binary: what a scenario's shapes cost unless it names a file of its own.
///
/// # Panics
/// Never: a test reads the list.
#[must_use]
pub fn embedded_prices() -> PriceBook {
    parse_price_file(include_str!("../../prices/2026-11-22.csv"))
        .expect("the list in the binary has no errors")
}

/// Reads a price file.
///
/// # Errors
/// Everything that is wrong with it, in the order of lines.
pub fn parse_price_file(text: &str) -> Result<PriceBook, Vec<PriceFileError>> {
    let (mut book, mut errors) = (PriceBook::default(), Vec::new());
    let mut header: Option<Header> = None;
    let mut lines_by_name = BTreeMap::new();
    for (index, text) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = index + 1;
        let mut report = |message| errors.push(PriceFileError { line, message });
        let text = text.trim();
        if let Some(comment) = text.strip_prefix('#') {
            if header.is_none() {
                read_comment(comment, &mut book);
            }
        } else if text.is_empty() {
            continue;
        } else if let Some(header) = &header {
            if let Some(shape) = read_shape(header, &split(text), &mut report) {
                if let Some(first) = lines_by_name.insert(shape.name.clone(), line) {
                    report(format!(
                        "`{}` is already on line {first}: each machine type once",
                        shape.name
                    ));
                } else {
                    book.shapes.push(shape);
                }
            }
        } else {
            header = Some(Header::read(&split(text), &mut report));
        }
    }
    if header.is_none() {
        errors.push(PriceFileError {
            line: text.lines().count().max(1),
            message: format!("no line of column names; expected {}", COLUMNS.join(",")),
        });
    }
    if errors.is_empty() { Ok(book) } else { Err(errors) }
}

/// A price file that reads back as `book`, to be changed and used as one.
#[must_use]
pub fn write_price_file(book: &PriceBook) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(COLUMNS);
    for shape in &book.shapes {
        let (gpu, count) = shape
            .gpus
            .as_ref()
            .map_or(("", 0), |(name, count)| (name.as_str(), *count));
        let _ = writer.write_record([
            &shape.name,
            &(shape.cpu_milli as f64 / 1000.0).to_string(),
            &(shape.memory_bytes as f64 / BYTES_PER_GIB).to_string(),
            &shape.price_per_hour.usd().to_string(),
            gpu,
            &count.to_string(),
            &shape.region,
            &shape.os,
            &shape.kind,
        ]);
    }
    let rows = String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default();
    let comment = |key: &str, text: &str| match text {
        "" => String::new(),
        text => format!("# {key}: {text}\n"),
    };
    comment("as_of", &book.as_of) + &comment("source", &book.source) + &rows
}

/// Splits one line at its commas, quotes respected.
fn split(line: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(line.as_bytes());
    let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
    record.iter().map(str::to_owned).collect()
}

fn read_comment(comment: &str, book: &mut PriceBook) {
    if let Some((key, value)) = comment.split_once(':') {
        match key.trim() {
            "as_of" => value.trim().clone_into(&mut book.as_of),
            "source" => value.trim().clone_into(&mut book.source),
            _ => {}
        }
    }
}

/// Where each column of [`COLUMNS`] is.
struct Header {
    places: [Option<usize>; COLUMNS.len()],
    width: usize,
    /// Whether every required column is there; without, lines are not worth reading.
    usable: bool,
}

impl Header {
    fn read(names: &[String], report: &mut impl FnMut(String)) -> Self {
        let mut places = [None; COLUMNS.len()];
        for (place, name) in names.iter().enumerate() {
            match COLUMNS.iter().position(|column| column == name) {
                Some(column) if places[column].is_some() => {
                    report(format!("the column `{name}` occurs twice"));
                }
                Some(column) => places[column] = Some(place),
                None => {
                    let distance = |column: &&&str| strsim::damerau_levenshtein(column, name);
                    let nearest = COLUMNS.iter().min_by_key(distance).copied().unwrap_or_default();
                    report(format!("there is no column `{name}`; the nearest is `{nearest}`"));
                }
            }
        }
        let mut usable = true;
        for (column, _) in places
            .iter()
            .enumerate()
            .take(REQUIRED)
            .filter(|(_, place)| place.is_none())
        {
            usable = false;
            report(format!("the column `{}` is missing", COLUMNS[column]));
        }
        Self {
            places,
            width: names.len(),
            usable,
        }
    }
}

fn read_shape(header: &Header, fields: &[String], report: &mut impl FnMut(String)) -> Option<ShapePrice> {
    if !header.usable {
        return None;
    }
    if fields.len() != header.width {
        report(format!(
            "{} fields, but there are {} columns",
            fields.len(),
            header.width
        ));
        return None;
    }
    let field = |column: &str| {
        let column = COLUMNS.iter().position(|name| *name == column)?;
        header.places[column].map(|place| fields[place].as_str())
    };
    let text = |column| field(column).unwrap_or_default().to_owned();
    let mut sound = true;
    let mut number = |column, least_excluded: f64| {
        let text = field(column).unwrap_or_default();
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() && value > least_excluded && value < 1e9 => value,
            _ => {
                sound = false;
                report(format!(
                    "{column} is `{text}`; expected a number above {least_excluded}"
                ));
                0.0
            }
        }
    };
    let (cpu, memory_gib) = (number("cpu", 0.0), number("memory_gib", 0.0));
    let usd_per_hour = number("usd_per_hour", 0.0);
    let name = text("name");
    if name.is_empty() {
        report("name is empty; expected the machine type".to_owned());
        sound = false;
    }
    let gpus = match (text("gpu"), field("gpu_count").unwrap_or_default()) {
        (gpu, "" | "0") if gpu.is_empty() => None,
        (gpu, count) => match count.parse::<u32>() {
            Ok(count) if count > 0 && !gpu.is_empty() => Some((gpu, count)),
            _ => {
                report(format!(
                    "gpu is `{gpu}` and gpu_count is `{count}`; expected a name and a whole number above 0, or neither"
                ));
                sound = false;
                None
            }
        },
    };
    sound.then(|| ShapePrice {
        name,
        cpu_milli: (cpu * 1000.0).round() as u64,
        memory_bytes: (memory_gib * BYTES_PER_GIB).round() as u64,
        gpus,
        price_per_hour: Money::from_usd(usd_per_hour),
        region: text("region"),
        os: text("os"),
        kind: text("kind"),
    })
}

#[cfg(test)]
mod tests {
    use super::parse_price_file;
    use crate::model::price::Money;
    use proptest::prelude::*;

    /// Were it not so, the list that `shapes` prints could not be changed and used.
    #[test]
    fn a_written_price_file_reads_back_as_the_same_prices() {
        let book = super::embedded_prices();
        let read = parse_price_file(&super::write_price_file(&book)).expect("it is a price file");
        assert_eq!((read.as_of, read.source), (book.as_of, book.source));
        assert_eq!(read.shapes, book.shapes);
    }

    #[test]
    fn the_price_list_of_this_repository_is_sound() {
        let book = super::embedded_prices();
        assert_eq!(book.as_of, "2026-11-22");
        assert!(book.source.contains("us-east-1"), "{}", book.source);
        assert!(book.shapes.len() >= 25);
        let m5 = book.shape("m5.2xlarge").expect("it is listed");
        assert_eq!((m5.cpu_milli, m5.memory_bytes), (8_000, 32 << 30));
        assert_eq!(m5.price_per_hour, Money::from_picos(384_000_000_000));
        let p4d = book.shape("p4d.24xlarge").expect("it is listed");
        assert_eq!(p4d.gpus, Some(("nvidia-a100-40gb".to_owned(), 8)));
        assert!(
            book.shapes
                .iter()
                .all(|shape| (shape.kind == "gpu") == shape.gpus.is_some())
        );
    }

    /// A user who fixes one error and runs again, eight times, was told one error at a time.
    #[test]
    fn everything_wrong_is_reported_at_once_with_its_line() {
        let text = "# as_of: 2026-01-01\nname,cpu,memory_gib,gpu,gpu_count,usd_per_hour\n\
                    a,four,16,,0,0.1\na,1,1,,0,0.1\na,1,1,,0,0.1\nb,1,1,t4,0,-3\nc,1,1\n\n,1,1,,,NaN\n";
        let errors = parse_price_file(text).expect_err("it is full of errors");
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "line 3: cpu is `four`; expected a number above 0",
                "line 5: `a` is already on line 4: each machine type once",
                "line 6: usd_per_hour is `-3`; expected a number above 0",
                "line 6: gpu is `t4` and gpu_count is `0`; expected a name and a whole number above 0, or neither",
                "line 7: 3 fields, but there are 6 columns",
                "line 9: usd_per_hour is `NaN`; expected a number above 0",
                "line 9: name is empty; expected the machine type",
            ]
        );
    }

    #[test]
    fn column_names_may_come_in_any_order_and_mistyped_ones_get_the_nearest() {
        let book =
            parse_price_file("usd_per_hour,memory_gib,cpu,name\n0.5,2,0.5,\"a,b\"").expect("it is sound");
        assert_eq!(
            (book.shapes[0].name.as_str(), book.shapes[0].cpu_milli),
            ("a,b", 500)
        );
        let errors =
            parse_price_file("name,cpu,memory,usd_per_hour\na,1,1,1").expect_err("a column is mistyped");
        let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "line 1: there is no column `memory`; the nearest is `memory_gib`",
                "line 1: the column `memory_gib` is missing",
            ]
        );
        assert_eq!(parse_price_file("").expect_err("it is empty").len(), 1);
    }

    proptest! {
        /// Nothing that can be read from a file makes the parser panic, and errors point into the text.
        #[test]
        fn any_text_is_read_or_refused(text in "(name|cpu|memory_gib|usd_per_hour|gpu|[,\n\"#:.]|[0-9a-z]|\\PC){0,60}") {
            for error in parse_price_file(&text).err().unwrap_or_default() {
                prop_assert!((1..=text.lines().count().max(1)).contains(&error.line), "{error}");
            }
        }
    }
}
