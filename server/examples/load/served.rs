//! The product's relay, log and store on SQLite, with the limits on people lifted and tickets handed out at the start:
//! one line a ticket, visitors first, then one agent with a session for each.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use deskbell_server::application::allowance::Limits;
use deskbell_server::application::{Application, SystemClock};
use deskbell_server::auth::Principal;
use deskbell_server::relay::{PeerAddress, keep_presence, serve_stream};
use deskbell_server::store::accounts::{NewAgent, NewSite, SessionRecord};
use deskbell_server::store::sqlite::{SqliteOptions, SqliteStore};
use deskbell_shared::model::{AgentId, InboxId, Role, SiteId, SiteLooks, VisitorId};
use tokio::net::TcpListener;

pub async fn serve(pairs: usize) -> Result<()> {
    let data = tempfile::tempdir()?;
    let store = Arc::new(
        SqliteStore::open(data.path(), &SqliteOptions::default()).map_err(|error| anyhow!("{error}"))?,
    );
    let mut app = Application::new(store, Arc::new(SystemClock));
    app.limits = Limits::lifted();
    let app = Arc::new(app);
    let (site, inbox, agent) = (SiteId(1), InboxId(2), AgentId(3));
    set_up(&app, site, inbox, agent).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    for n in 0..pairs {
        let visitor = Principal::Visitor { id: VisitorId(1_000 + n as u128), site, inbox, session: None };
        println!("{}", app.tickets.issue(visitor, app.now()).map_err(|error| anyhow!("{error:?}"))?);
    }
    for _ in 0..pairs.div_ceil(super::pairs::CONVERSATIONS_PER_AGENT) {
        let agent = Principal::Agent { id: agent, role: Role::Owner, session: [7; 32], from: None };
        println!("{}", app.tickets.issue(agent, app.now()).map_err(|error| anyhow!("{error:?}"))?);
    }
    println!("ready");
    tokio::spawn(keep_presence(app.clone()));
    let local = PeerAddress(IpAddr::from([127, 0, 0, 1]));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let app = app.clone();
        tokio::spawn(async move {
            if let Ok(socket) = tokio_tungstenite::accept_async(stream).await {
                Box::pin(serve_stream(app, socket.into_inner(), local)).await;
            }
        });
    }
}

async fn set_up(app: &Application, site: SiteId, inbox: InboxId, agent: AgentId) -> Result<()> {
    let at = app.now();
    let owner = NewAgent {
        id: agent,
        name: "Olga".to_owned(),
        email: "olga@shop.example".to_owned(),
        password_hash: "none".to_owned(),
        role: Role::Owner,
        at,
    };
    let looks = SiteLooks {
        name: "Shop".to_owned(),
        colour: "#3355aa".to_owned(),
        greeting: "Hello".to_owned(),
        style: None,
    };
    let site = NewSite { id: site, inbox, key: "K".repeat(22), looks, origins: Vec::new(), at };
    app.store.set_up(owner, site).await?;
    let session = SessionRecord { secret: [7; 32], agent, role: Role::Owner, opened_at: at, used_at: at };
    app.store.open_session(session, String::new()).await?;
    Ok(())
}
