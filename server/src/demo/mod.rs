//! `deskbell demo`: everything on this machine alone, with a small shop on another site than the chat server (another
//! host name; another port alone would be the same site). Made-up people and logins that are printed; loopback only,
//! and never on data that is not the demo's.

mod seed;
mod shop;
mod talks;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use tokio::sync::watch;

use crate::app::{self, Node};
use crate::cli;
use crate::config::{
    ADDRESS_MESSAGES_PER_MINUTE_DEFAULT, ADDRESS_STARTS_PER_HOUR_DEFAULT, ADDRESS_TICKETS_PER_MINUTE_DEFAULT,
    CONNECTIONS_MAX_DEFAULT, CONNECTIONS_PER_ADDRESS_MAX_DEFAULT, Listen, LogFormat, Settings,
    VISITOR_MESSAGES_BURST_DEFAULT, VISITOR_MESSAGES_PER_MINUTE_DEFAULT,
};
use crate::http::connections::Connections;
use crate::http::listen::{self, Front};

/// Connections to the shop.
const SHOP_CONNECTIONS_MAX: usize = 256;
/// In the data folder: says that it is the demo's.
const MARK: &str = "deskbell-demo";

/// What may be said to the demo.
#[derive(Args, Clone, Debug)]
pub struct DemoFlags {
    /// The folder it keeps its data in.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The port of the chat server.
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// The port of the shop.
    #[arg(long, value_name = "PORT", default_value_t = 8081)]
    pub shop_port: u16,
    /// So many made-up conversations are put in, the first time.
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pub conversations: usize,
    /// What is logged, such as info or deskbell_server=debug.
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    pub log_filter: String,
}

/// Runs the demo until it is stopped.
pub async fn run(flags: DemoFlags) -> Result<()> {
    cli::start_log(LogFormat::Human, &flags.log_filter)?;
    let asked_to_stop = cli::signalled();
    let data = match &flags.data {
        Some(data) => data.clone(),
        None => folder().ok_or_else(|| anyhow!("there is no home folder: name one with --data"))?,
    };
    check_folder(&data)?;
    let mut shop_listeners = listen::bind(&[Listen::At((Ipv4Addr::LOCALHOST, flags.shop_port).into())])
        .await
        .map_err(|why| anyhow!("{why}: `deskbell demo --shop-port PORT`"))?;
    let shop = shop_listeners.pop().ok_or_else(|| anyhow!("the shop has no port"))?;
    let shop_origin = format!("http://127.0.0.1:{}", shop.local_addr()?.port());

    let kept = app::open(&data).map_err(|why| anyhow!(why))?;
    std::fs::write(data.join(MARK), "made-up data of `deskbell demo`\n")?;
    let store = Arc::clone(&kept.store);
    let key = seed::seed(&*store, &shop_origin, flags.conversations).await?;
    let node = Node::start(&settings(data.clone(), flags.port), kept).await.map_err(|why| {
        if why.contains("port") { anyhow!("{why}: `deskbell demo --port PORT`") } else { anyhow!(why) }
    })?;

    let chat = node.edge.public.origin();
    let tag = format!("<script async src=\"{chat}/w/{key}.js\"></script>");
    let (stop, stopped) = watch::channel(false);
    let front = Front {
        filter: shop::filter(tag, chat.clone()),
        tls: None,
        connections: Arc::new(Connections::new(SHOP_CONNECTIONS_MAX, SHOP_CONNECTIONS_MAX, Vec::new())),
    };
    tokio::spawn(listen::accept(shop, front, stopped));
    greet(&chat, &shop_origin, &data);
    let done = node.run(asked_to_stop).await;
    let _ = stop.send(true);
    done.map_err(|why| anyhow!(why))
}

fn greet(chat: &str, shop: &str, data: &Path) {
    println!(
        "\n  Deskbell demo\n\n  \
         Shop    {shop}/          write something in the corner\n  \
         Desk    {chat}/desk/     answer it there\n\n  \
         Sign in as   {}   password   {}\n  \
         or as        {}     password   {}\n  \
         or as        {}     password   {}\n\n  \
         Everything stays on this machine, in {}\n  \
         Stop with Ctrl+C; start again and it is all still there.\n",
        seed::OWNER.email,
        seed::PASSWORD,
        seed::COLLEAGUE.email,
        seed::PASSWORD,
        seed::THIRD.email,
        seed::PASSWORD,
        data.display()
    );
    if crate::assets::file("desk.html").is_none() {
        println!("  But: {}\n", crate::assets::MISSING);
    }
}

fn settings(data: PathBuf, port: u16) -> Settings {
    Settings {
        data,
        listen: vec![Listen::Localhost(port)],
        public_url: None,
        trusted_proxies: Vec::new(),
        tls: None,
        log: LogFormat::Human,
        log_filter: String::new(),
        metrics_listen: None,
        connections_max: CONNECTIONS_MAX_DEFAULT,
        connections_per_address_max: CONNECTIONS_PER_ADDRESS_MAX_DEFAULT,
        visitor_messages_burst: VISITOR_MESSAGES_BURST_DEFAULT,
        address_tickets_per_minute: ADDRESS_TICKETS_PER_MINUTE_DEFAULT,
        address_starts_per_hour: ADDRESS_STARTS_PER_HOUR_DEFAULT,
        address_messages_per_minute: ADDRESS_MESSAGES_PER_MINUTE_DEFAULT,
        visitor_messages_per_minute: VISITOR_MESSAGES_PER_MINUTE_DEFAULT,
        audit_keep: None,
        scanner: None,
        mail: None,
    }
}

/// The folder of the demo, by the customs of the system.
fn folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = named("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| named("LOCALAPPDATA"))
        .or_else(|| named("HOME").map(|home| home.join(".local/share")))?;
    Some(base.join("deskbell-demo"))
}

/// The logins of the demo are known to everybody: they must not get into a real server's data.
fn check_folder(data: &Path) -> Result<()> {
    let has_data = data.join(crate::store::sqlite::DATABASE_FILE).exists();
    if has_data && !data.join(MARK).exists() {
        bail!("{} holds the data of a real server; the demo needs a folder of its own", data.display());
    }
    Ok(())
}
