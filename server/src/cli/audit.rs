//! `deskbell audit`: the trail on the terminal. It reads the data folder itself, so that nobody needs to trust a server.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use deskbell_shared::codec::Wire as _;

use crate::application::audit::view;
use crate::config::{Flags, Settings};
use crate::store::audit::Head;
use crate::store::sqlite;

/// What may be asked.
#[derive(Args)]
pub struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Check that every row is as it was written and none is missing; ends with 1 and names the first that does not fit.
    Verify {
        /// A head noted before, as this command prints it: then what was there cannot have been made anew.
        #[arg(long, value_name = "NUMBER:HASH")]
        head: Option<String>,
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Print the rows as lines of JSON, oldest first.
    Show {
        /// Only rows after this number.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
        #[command(flatten)]
        flags: Box<Flags>,
    },
}

/// Says whether all is well.
pub fn run(line: Audit) -> Result<bool> {
    match line.command {
        AuditCommand::Verify { head, flags } => {
            let noted = head.map(|text| Head::parse(&text).ok_or(text)).transpose();
            let noted = noted.map_err(|text| anyhow!("`{text}` is no NUMBER:HASH"))?;
            verify(&data_of(&flags)?, noted)
        }
        AuditCommand::Show { after, flags } => show(&data_of(&flags)?, after).map(|()| true),
    }
}

fn data_of(flags: &Flags) -> Result<std::path::PathBuf> {
    Ok(Settings::load(flags).map_err(|why| anyhow!(why))?.data)
}

fn verify(data: &Path, noted: Option<Head>) -> Result<bool> {
    match sqlite::check_trail(data, noted)? {
        Ok(found) => {
            println!("{} rows fit, from {} on", found.rows, found.anchor.number + 1);
            println!("head: {}", found.head);
            Ok(true)
        }
        Err(flaw) => {
            eprintln!("deskbell: {flaw}");
            Ok(false)
        }
    }
}

fn show(data: &Path, after: u64) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let told = sqlite::read_trail(data, after, |row| writeln!(out, "{}", view(row.clone()).to_text()));
    told.map_err(|error| anyhow!("{error}"))
}
