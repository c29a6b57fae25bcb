//! Sets a fresh server up as its owner does: the one-time link, the site, the agents.

use anyhow::{Context as _, Result};
use deskbell_shared::model::{Role, SiteLooks};
use deskbell_shared::protocol::api::{
    InviteAccept, InviteRequest, InviteView, SetupRequest, SiteEdit, SitesView,
};

use super::http::{self, Place};
use super::node::Node;

const PASSWORD: &str = "correct horse battery";

/// What the people of the load need to get in.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The public key of the site.
    pub site_key: String,
    /// The sessions of the agents, as `name=value`.
    pub agents: Vec<String>,
}

/// Sets up a server that was just started on an empty folder.
pub async fn set_up(node: &Node, agents: usize) -> Result<Keys> {
    let place: Place = node.place();
    let said = link_of(node).await?;
    let request = SetupRequest {
        token: said,
        name: "Olga".to_owned(),
        email: "olga@shop.example".to_owned(),
        password: PASSWORD.to_owned(),
        site: SiteEdit {
            looks: SiteLooks {
                name: "Shop".to_owned(),
                colour: "#3355aa".to_owned(),
                greeting: "Hello".to_owned(),
                style: None,
            },
            origins: vec!["https://shop.example".to_owned()],
            inbox: None,
            inboxes: None,
        },
    };
    let answer = http::post(&place, "/api/setup", None, &request).await?;
    let owner = answer.cookie().with_context(|| format!("setting up: {}", answer.body))?;
    let sites: SitesView = http::get(&place, "/api/sites", Some(&owner)).await?.read()?;
    let site_key = sites.sites.first().context("no site")?.key.clone();
    let mut sessions = Vec::new();
    for number in 0..agents {
        let email = format!("agent{number}@shop.example");
        let invite = InviteRequest { email, role: Role::Agent, proof: None };
        let view: InviteView = http::post(&place, "/api/invites", Some(&owner), &invite).await?.read()?;
        let token = view.link.split('#').nth(1).context("no secret in the link")?.to_owned();
        let accept = InviteAccept { token, name: format!("Agent {number}"), password: PASSWORD.to_owned() };
        let answer = http::post(&place, "/api/invites/accept", None, &accept).await?;
        sessions.push(answer.cookie().with_context(|| format!("an agent: {}", answer.body))?);
    }
    Ok(Keys { site_key, agents: sessions })
}

/// The secret of the one-time link, which the server prints after it listens.
pub async fn link_of(node: &Node) -> Result<String> {
    for _ in 0..1000 {
        if let Some((_, rest)) = node.said().split_once("/desk/setup#")
            && let Some((token, _)) = rest.split_once('\n')
        {
            return Ok(token.trim().to_owned());
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    anyhow::bail!("the server offers no link to set it up:\n{}", node.said())
}
