//! `schema`: the JSON Schema of scenario files.

use super::arguments::Format;
use super::{Context, Exit, Failure, load};

pub(super) fn schema(context: &Context) -> Result<Exit, Failure> {
    if context.console.format() == Format::Csv {
        return Err(Failure::usage(
            "a schema has no columns: --format csv is not for this command",
        ));
    }
    context.console.print_json(&load::schema(context.catalog))?;
    Ok(Exit::Done)
}
