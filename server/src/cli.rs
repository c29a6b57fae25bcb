//! The command line: what may be asked, and what is said on the terminal. Everything it starts is `app`'s.

mod audit;
mod waits;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::app::{self, Node};
use crate::application::{Clock as _, SystemClock};
use crate::auth::origin::PublicUrl;
use crate::backup;
use crate::config::{Flags, LogFormat, Settings, layers};
use crate::control::{self, Told};
use crate::demo::{self, DemoFlags};
use crate::doctor;

/// Self-hosted live chat for websites.
#[derive(Parser)]
#[command(name = "deskbell", version, about, propagate_version = true)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the chat server.
    Serve(Flags),
    /// Show everything on this machine alone: a chat server with a small shop beside it.
    Demo(DemoFlags),
    /// Show every setting, its value and where it comes from.
    Config(Flags),
    /// Put everything of a data folder that matters into one file. Works while the server runs.
    Backup {
        /// The file to make; it must not be there yet.
        file: PathBuf,
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Put a backup in place of what is in the data folder. The server must not run.
    Restore {
        /// What `deskbell backup` made, or a mere copy of the database.
        copy: PathBuf,
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Look for what is wrong around the server: proxy, clock, disk, limits, rights. Changes nothing.
    Doctor {
        /// The address people use; without it, what public-url says.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// For programs.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Look after the people who sign in.
    User(User),
    /// Look at the audit trail: who did what. Works while the server runs; changes nothing.
    Audit(audit::Audit),
    /// Look at what is said about waits.
    Waits(waits::Waits),
}

#[derive(Args)]
struct User {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Subcommand)]
enum UserCommand {
    /// Make a link with which somebody sets a new password. Works while the server runs.
    Reset {
        /// The e-mail they sign in with.
        email: String,
        #[command(flatten)]
        flags: Box<Flags>,
    },
    /// Turn somebody's two-step sign-in off, whose phone and recovery codes are gone. Works while the server runs.
    SecondStepOff {
        /// The e-mail they sign in with.
        email: String,
        #[command(flatten)]
        flags: Box<Flags>,
    },
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let line = Line::parse();
    let done = match line.command {
        Command::Serve(flags) => on_runtime(serve(flags)),
        Command::Demo(flags) => on_runtime(demo::run(flags)),
        Command::Config(flags) => show(&flags),
        Command::Backup { file, flags } => on_runtime(backup(file, *flags)),
        Command::Restore { copy, flags } => restore(&copy, &flags),
        Command::Doctor { url, json, flags } => match on_runtime(examine(*flags, url, json)) {
            Ok(true) => Ok(()),
            Ok(false) => return ExitCode::FAILURE,
            Err(error) => Err(error),
        },
        Command::Audit(line) => match audit::run(line) {
            Ok(true) => Ok(()),
            Ok(false) => return ExitCode::FAILURE,
            Err(error) => Err(error),
        },
        Command::Waits(asked) => match asked.run() {
            Ok(true) => Ok(()),
            Ok(false) => return ExitCode::FAILURE,
            Err(error) => Err(error),
        },
        Command::User(User { command: UserCommand::Reset { email, flags } }) => {
            on_runtime(reset(*flags, email))
        }
        Command::User(User { command: UserCommand::SecondStepOff { email, flags } }) => {
            on_runtime(turn_off_second_step(*flags, email))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("deskbell: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn on_runtime<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(work);
    // What still runs after the drain has had its time.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    done
}

async fn serve(flags: Flags) -> Result<()> {
    let settings = Settings::load(&flags).map_err(|why| anyhow!(why))?;
    start_log(settings.log, &settings.log_filter)?;
    let stop = signalled();
    let kept = app::open(&settings.data).map_err(|why| anyhow!(why))?;
    let node = Node::start(&settings, kept).await.map_err(|why| anyhow!(why))?;
    let base = node.edge.public.origin();
    println!("deskbell {} listens on {base}", env!("CARGO_PKG_VERSION"));
    println!("  data folder: {}", settings.data.display());
    match node.edge.accounts.offer_set_up().await.map_err(|denial| anyhow!(denial.message))? {
        Some(secret) => {
            println!("\nThere is no owner yet. Set the server up with this link; it works once:");
            println!("  {base}/desk/setup#{}", secret.expose());
        }
        None => println!("  agents sign in at {base}/desk/"),
    }
    node.run(stop).await.map_err(|why| anyhow!(why))
}

fn show(flags: &Flags) -> Result<()> {
    let found = layers::find(flags, &|name| std::env::var(name).ok()).map_err(|why| anyhow!(why))?;
    print!("{}", found.table());
    // Says what does not go together, after showing where it came from.
    Settings::of(&found).map(|_| ()).map_err(|why| anyhow!(why))
}

/// Says whether all is well.
async fn examine(flags: Flags, url: Option<String>, json: bool) -> Result<bool> {
    let settings = Settings::load(&flags).map_err(|why| anyhow!(why))?;
    let url = url.as_deref().map(PublicUrl::parse).transpose().map_err(|why| anyhow!(why))?;
    let report = doctor::examine(&settings, url.as_ref(), SystemClock.now()).await;
    if json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.text());
    }
    Ok(report.is_well())
}

async fn backup(file: PathBuf, flags: Flags) -> Result<()> {
    let settings = Settings::load(&flags).map_err(|why| anyhow!(why))?;
    // Before the copy, which then knows of itself.
    if let Err(why) = note_backup(&settings.data).await {
        eprintln!("deskbell: this backup is not noted in the audit trail: {why}");
    }
    let (data, to) = (settings.data, file.clone());
    let made = tokio::task::spawn_blocking(move || backup::make(&data, &to, SystemClock.now())).await??;
    println!(
        "backed up {} conversations ({} rows) and {} files into {} ({:.1} MB)",
        made.conversations,
        made.rows,
        made.files,
        file.display(),
        made.bytes as f64 / 1e6
    );
    match made.damaged {
        None => Ok(()),
        // The older backups are worth more now than ever: whatever turns them over must notice.
        Some(what) => {
            Err(anyhow!("the backup is made, but {what}; keep the older backups, one may have it whole"))
        }
    }
}

async fn note_backup(data: &Path) -> Result<(), String> {
    match control::note_backup(data).await? {
        Told::Answer(answer) => answer.map(drop),
        Told::NobodyThere => app::note_backup_offline(data).await,
    }
}

fn restore(copy: &Path, flags: &Flags) -> Result<()> {
    let settings = Settings::load(flags).map_err(|why| anyhow!(why))?;
    let data = &settings.data;
    let done = backup::restore(copy, data, SystemClock.now())?;
    println!(
        "restored {} conversations and {} files into {}",
        done.conversations,
        done.files,
        data.display()
    );
    if done.kept_settings {
        println!("the settings in the folder were left as they are; the backup has its own");
    }
    if let Some(before) = done.before {
        println!("what was there before lies in {}", before.display());
    }
    println!("clients will read everything anew and offer again what they sent since the backup was made");
    Ok(())
}

async fn reset(flags: Flags, email: String) -> Result<()> {
    let settings = Settings::load(&flags).map_err(|why| anyhow!(why))?;
    let link = match control::reset(&settings.data, &email).await.map_err(|why| anyhow!(why))? {
        Told::Answer(answer) => answer.map_err(|why| anyhow!(why))?,
        Told::NobodyThere => {
            let kept = open_what_is_there(&settings.data)?;
            app::reset_offline(&settings, kept, &email).await.map_err(|why| anyhow!(why))?
        }
    };
    println!("Hand this link over; with it a new password can be set once, within seven days:\n  {link}");
    Ok(())
}

async fn turn_off_second_step(flags: Flags, email: String) -> Result<()> {
    let settings = Settings::load(&flags).map_err(|why| anyhow!(why))?;
    match control::turn_off_second_step(&settings.data, &email).await.map_err(|why| anyhow!(why))? {
        Told::Answer(answer) => answer.map(drop).map_err(|why| anyhow!(why))?,
        Told::NobodyThere => {
            let kept = open_what_is_there(&settings.data)?;
            app::turn_off_second_step_offline(&settings, kept, &email).await.map_err(|why| anyhow!(why))?;
        }
    }
    println!("Two-step sign-in is off for {email}: the password alone signs in until it is turned on again.");
    Ok(())
}

fn open_what_is_there(data: &Path) -> Result<app::Kept> {
    if !data.join(crate::store::sqlite::DATABASE_FILE).exists() {
        return Err(anyhow!("there is no server's data in {}: name the folder with --data", data.display()));
    }
    app::open(data).map_err(|why| anyhow!(why))
}

/// Starts the log of this process: lines on standard error, ids only, never what people wrote.
pub fn start_log(format: LogFormat, filter: &str) -> Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|error| anyhow!("log-filter `{filter}`: {error}"))?;
    let to_errors = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Human => {
            to_errors.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init()
        }
        LogFormat::Json => to_errors.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow!("starting the log: {error}"))
}

/// Ends with the first signal to stop; a second one ends the process at once. Listens from the call on, not from the
/// first poll: a signal that comes while the node starts is a wish to drain, too.
pub fn signalled() -> impl Future<Output = ()> {
    let first = one_signal();
    async {
        first.await;
        tokio::spawn(async {
            one_signal().await;
            eprintln!("deskbell: stopped at once");
            std::process::exit(130);
        });
    }
}

#[cfg(unix)]
fn one_signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async {
        let (Ok(mut term), Ok(mut int)) = signals else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    }
}

#[cfg(not(unix))]
async fn one_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
