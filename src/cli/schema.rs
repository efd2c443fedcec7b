//! `schema`: the JSON Schema of scenario files, or the reference made from it.

use super::arguments::{Format, SchemaArgs};
use super::{Context, Exit, Failure, load, reference};

pub(super) fn schema(args: &SchemaArgs, context: &Context) -> Result<Exit, Failure> {
    if args.markdown {
        context
            .console
            .print(&reference::markdown(&load::schema(context.catalog)))?;
        return Ok(Exit::Done);
    }
    if context.console.format() == Format::Csv {
        return Err(Failure::usage(
            "a schema has no columns: --format csv is not for this command",
        ));
    }
    context.console.print_json(&load::schema(context.catalog))?;
    Ok(Exit::Done)
}
