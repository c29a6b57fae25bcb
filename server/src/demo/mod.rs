//! `deskbell demo`: everything on this machine alone, with a small shop on another site than the chat server. Made-up
//! people and logins that are printed; loopback only.

use anyhow::Result;
use clap::Args;

/// What may be said to the demo.
#[derive(Args, Clone, Debug)]
pub struct DemoFlags {
    /// The folder it keeps its data in.
    #[arg(long, value_name = "DIR")]
    pub data: Option<std::path::PathBuf>,
    /// The port of the chat server.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// The port of the shop.
    #[arg(long, default_value_t = 8081)]
    pub shop_port: u16,
    /// So many made-up conversations are put in when there are none.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub conversations: u32,
}

/// Runs the demo until it is stopped.
pub async fn run(_flags: DemoFlags) -> Result<()> {
    anyhow::bail!("not there")
}
