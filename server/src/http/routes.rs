//! The one table of routes. A route says its method, its path, who may call it, which requests are let in, and what
//! it is to a browser; one that leaves something out does not compile. Tests walk this table.
//!
//! In a path `:name` stands for one piece, `:name.js` for one with that ending, and `*` for all that follows.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use deskbell_shared::model::{Right, Role};
use warp::http::Method;
use warp::reply::Response;

use super::call::Call;
use super::headers::Surface;
use super::problem::Problem;
use super::{
    Edge, accounts, assets, audit, board, cards, documents, files, filing, health, identities, loader,
    mail_stop, plain, policy_reports, previews, privacy, search, second_steps, sites, snippets, socket, team,
    views, visitors,
};

/// What a handler gives back.
pub type Answer = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>;

/// The methods there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads; also answers `HEAD`.
    Get,
    /// Changes something.
    Post,
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Anybody.
    Open,
    /// Anybody who names an existing site by its public key, the first piece of the path after `/w/`.
    SiteKey,
    /// Anybody who is signed in.
    SignedIn,
    /// Who may write to visitors.
    Answers,
    /// Who may block visitors.
    Blocks,
    /// Who may change settings and people: owners.
    Owner,
    /// Who may erase what there is of a visitor.
    Erases,
    /// Who may read the audit trail.
    Trail,
}

impl Permission {
    /// Whether somebody of a role has it.
    pub fn is_given_to(self, role: Role) -> bool {
        match self {
            Permission::Open | Permission::SiteKey | Permission::SignedIn => true,
            Permission::Answers => role.may(Right::Answer),
            Permission::Blocks => role.may(Right::Block),
            Permission::Owner => role.may(Right::Manage),
            Permission::Erases => role.may(Right::Erase),
            Permission::Trail => role.may(Right::ReadTrail),
        }
    }
}

/// Which requests are let in, whoever sends them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Any; for reading only.
    Anywhere,
    /// Our own pages: own Origin and the header `x-deskbell: 1`.
    OwnPage,
    /// Our own forms, which carry a one-use token: no foreign Origin.
    OwnForm,
    /// Our own pages, by a handshake that cannot carry headers: own Origin.
    OwnSocket,
}

/// One route.
pub struct Route {
    /// Its method.
    pub verb: Verb,
    /// The pattern of its path.
    pub path: &'static str,
    /// Who may call it.
    pub permission: Permission,
    /// Which requests are let in.
    pub from: From,
    /// What its answer is to a browser.
    pub surface: Surface,
    /// What it does.
    pub run: fn(Arc<Edge>, Call) -> Answer,
}

macro_rules! routes {
    ($( $verb:ident $path:literal $permission:ident $from:ident $surface:ident $handler:path; )*) => {
        /// Every route.
        pub static ROUTES: &[Route] = &[$( Route {
            verb: Verb::$verb,
            path: $path,
            permission: Permission::$permission,
            from: From::$from,
            surface: Surface::$surface,
            run: |edge, call| Box::pin($handler(edge, call)),
        } ),*];

        // Nothing is changed by a request that anybody's page could cause.
        $( const _: () = assert!(
            !(matches!(Verb::$verb, Verb::Post) && matches!(From::$from, From::Anywhere)),
            "a route that changes something must say where requests come from"
        ); )*
    };
}

routes! {
    Get  "/"                           Open     Anywhere  Desk    documents::home;
    Get  "/desk"                       Open     Anywhere  Desk    documents::desk;
    Get  "/desk/*"                     Open     Anywhere  Desk    documents::desk;
    Get  "/assets/:name"               Open     Anywhere  Asset   assets::asset;
    Get  "/picture/:hash"              Open     Anywhere  Picture accounts::picture;
    Get  "/file/:id"                   SignedIn Anywhere  Picture files::file;
    Get  "/file/:id/:pass"             Open     Anywhere  Picture files::signed_file;
    Get  "/robots.txt"                 Open     Anywhere  Api     documents::robots;
    Get  "/healthz"                    Open     Anywhere  Api     health::healthz;
    Get  "/readyz"                     Open     Anywhere  Api     health::readyz;
    Post "/csp-report"                 Open     OwnForm   Api     policy_reports::report;
    Get  "/ws"                         Open     OwnSocket Socket  socket::upgrade;

    Get  "/mail/stop/:token"           Open     Anywhere  Desk    mail_stop::page;
    Post "/mail/stop/:token"           Open     OwnForm   Desk    mail_stop::post;

    Get  "/w/:key.js"                  SiteKey  Anywhere  Loader  loader::script;
    Get  "/panel.js"                   Open     Anywhere  Loader  loader::panel;
    Get  "/w/:key/"                    SiteKey  Anywhere  Frame   documents::frame;
    Get  "/w/preview/:name/"           Owner    Anywhere  Frame   previews::frame;
    Get  "/preview/:name"              Owner    Anywhere  Frame   previews::page;
    Get  "/preview/:name/loader.js"    Owner    Anywhere  Asset   previews::script;
    Get  "/preview.css"                Open     Anywhere  Asset   previews::sheet;
    Get  "/w/:key/plain"               SiteKey  Anywhere  Frame   plain::page;
    Post "/w/:key/plain"               SiteKey  OwnForm   Frame   plain::post;
    Get  "/w/:key/plain.css"           SiteKey  Anywhere  Asset   plain::sheet;
    Post "/w/:key/ticket"              SiteKey  OwnPage   Api     visitors::ticket;

    Post "/w/:key/identify"            SiteKey  OwnPage   Api     visitors::identify;

    Post "/w/:key/upload"              SiteKey  OwnPage   Api     files::upload_of_visitor;
    Post "/w/:key/file/:id"            SiteKey  OwnPage   Api     files::link;
    Post "/w/:key/transcript"          SiteKey  OwnPage   Api     files::transcript_of_visitor;
    Post "/w/:key/forget"              SiteKey  OwnPage   Api     privacy::forget;
    Post "/w/:key/logout"              SiteKey  OwnPage   Api     visitors::log_out;

    Post "/api/setup"                  Open     OwnPage   Api     accounts::set_up;
    Post "/api/login"                  Open     OwnPage   Api     accounts::sign_in;
    Post "/api/login/code"             Open     OwnPage   Api     accounts::sign_in_with_code;
    Post "/api/invites/accept"         Open     OwnPage   Api     accounts::accept;
    Post "/api/logout"                 SignedIn OwnPage   Api     accounts::sign_out;
    Post "/api/logout-everywhere"      SignedIn OwnPage   Api     accounts::sign_out_everywhere;
    Post "/api/ticket"                 SignedIn OwnPage   Api     accounts::ticket;
    Get  "/api/me"                     SignedIn Anywhere  Api     accounts::me;
    Post "/api/me"                     SignedIn OwnPage   Api     accounts::edit_profile;
    Post "/api/me/password"            SignedIn OwnPage   Api     accounts::change_password;
    Post "/api/me/picture"             SignedIn OwnPage   Api     accounts::set_picture;
    Get  "/api/me/sessions"            SignedIn Anywhere  Api     accounts::sessions;
    Post "/api/me/sessions/:id/end"    SignedIn OwnPage   Api     accounts::end_session;
    Get  "/api/me/second-step"         SignedIn Anywhere  Api     second_steps::mine;
    Post "/api/me/second-step/begin"   SignedIn OwnPage   Api     second_steps::begin;
    Post "/api/me/second-step/on"      SignedIn OwnPage   Api     second_steps::turn_on;
    Post "/api/me/second-step/off"     SignedIn OwnPage   Api     second_steps::turn_off;
    Post "/api/me/second-step/codes"   SignedIn OwnPage   Api     second_steps::renew_codes;
    Get  "/api/agents"                 SignedIn Anywhere  Api     accounts::people;
    Post "/api/invites"                Owner    OwnPage   Api     accounts::invite;
    Get  "/api/snippets"               SignedIn Anywhere  Api     snippets::all;
    Post "/api/snippets"               SignedIn OwnPage   Api     snippets::add;
    Post "/api/snippets/:id"           SignedIn OwnPage   Api     snippets::edit;
    Post "/api/snippets/:id/used"      SignedIn OwnPage   Api     snippets::used;
    Post "/api/snippets/:id/forget"    SignedIn OwnPage   Api     snippets::forget;
    Get  "/api/views"                  SignedIn Anywhere  Api     views::all;
    Post "/api/views"                  SignedIn OwnPage   Api     views::add;
    Post "/api/views/:id"              SignedIn OwnPage   Api     views::edit;
    Post "/api/views/:id/forget"       SignedIn OwnPage   Api     views::forget;
    Get  "/api/filing"                 SignedIn Anywhere  Api     filing::all;
    Post "/api/tags"                   Owner    OwnPage   Api     filing::add_tag;
    Post "/api/tags/:id"               Owner    OwnPage   Api     filing::edit_tag;
    Post "/api/inboxes/:id/outcomes"   Owner    OwnPage   Api     filing::edit_outcomes;
    Get  "/api/conversations/:id"      SignedIn Anywhere  Api     cards::conversation;
    Get  "/api/conversations/:id/reasons" SignedIn Anywhere Api   cards::reasons;
    Post "/api/search"                 SignedIn OwnPage   Api     search::search;
    Get  "/api/visitors/:id"           SignedIn Anywhere  Api     cards::visitor;
    Post "/api/visitors/:id/block"     Blocks   OwnPage   Api     cards::block;
    Post "/api/visitors/:id/unblock"   Blocks   OwnPage   Api     cards::unblock;
    Get  "/api/blocks"                 SignedIn Anywhere  Api     cards::all;
    Get  "/api/sites"                  Owner    Anywhere  Api     sites::all;
    Post "/api/sites"                  Owner    OwnPage   Api     sites::add;
    Post "/api/sites/:id"              Owner    OwnPage   Api     sites::edit;
    Post "/api/sites/:id/preview"      Owner    OwnPage   Api     previews::prepare;
    Get  "/api/sites/:id/identity"     Owner    Anywhere  Api     identities::of_site;
    Post "/api/sites/:id/identity/secrets" Owner OwnPage  Api     identities::make_secret;
    Post "/api/sites/:id/identity/drop" Owner   OwnPage   Api     identities::drop_secret;
    Post "/api/inboxes/:id/identity"   Owner    OwnPage   Api     identities::edit_inbox;
    Post "/api/pictures"               Owner    OwnPage   Api     accounts::keep_picture;
    Post "/api/upload"                 Answers  OwnPage   Api     files::upload_of_agent;
    Get  "/api/conversations/:id/transcript" SignedIn Anywhere Api files::transcript_of_agent;
    Post "/api/visitors/:id/erase"     Erases   OwnPage   Api     privacy::erase;
    Get  "/api/retention"              Owner    Anywhere  Api     privacy::retentions;
    Post "/api/retention"              Owner    OwnPage   Api     privacy::edit_retention;
    Post "/api/retention/due"          Owner    OwnPage   Api     privacy::due;
    Get  "/api/audit"                  Trail    Anywhere  Api     audit::newest;
    Get  "/api/audit/check"            Trail    Anywhere  Api     audit::check;
    Get  "/api/audit/file"             Trail    Anywhere  Api     audit::file;
    Get  "/api/audit/:number/:person/:what" Trail Anywhere Api    audit::sought;
    Get  "/api/audit/:number"          Trail    Anywhere  Api     audit::before;
    Get  "/api/inboxes"                Owner    Anywhere  Api     team::inboxes;
    Post "/api/inboxes"                Owner    OwnPage   Api     team::add_inbox;
    Post "/api/inboxes/:id"            Owner    OwnPage   Api     team::edit_inbox;
    Get  "/api/inboxes/:id/waits"      SignedIn Anywhere  Api     team::waits;
    Get  "/api/inboxes/:id/ended/:number" SignedIn Anywhere Api   board::ended;
    Get  "/api/board/:number"          SignedIn Anywhere  Api     board::sums;
    Post "/api/agents/:id/deactivate"  Owner    OwnPage   Api     team::deactivate;
    Post "/api/agents/:id/reactivate"  Owner    OwnPage   Api     team::reactivate;
    Post "/api/agents/:id/role/:role"  Owner    OwnPage   Api     team::set_role;
    Post "/api/agents/:id/second-step/off" Owner OwnPage  Api     second_steps::turn_off_of;
}

impl Route {
    /// Whether people look at its answer, rather than programs.
    pub fn is_page(&self) -> bool {
        matches!(self.surface, Surface::Desk | Surface::Frame)
    }

    fn params(&self, path: &str) -> Option<Vec<String>> {
        let mut params = Vec::new();
        let mut given = path.strip_prefix('/')?.split('/');
        for piece in self.path[1..].split('/') {
            if piece == "*" {
                return Some(params);
            }
            let text = given.next()?;
            match piece.strip_prefix(':') {
                Some(name) => {
                    let ending = name.find('.').map_or("", |at| &name[at..]);
                    params.push(text.strip_suffix(ending).filter(|text| !text.is_empty())?.to_owned());
                }
                None if piece == text => {}
                None => return None,
            }
        }
        given.next().is_none().then_some(params)
    }
}

/// The route of a request, with what stood in the places of its pattern.
pub fn find(method: &Method, path: &str) -> Result<(&'static Route, Vec<String>), Problem> {
    let mut allow: Option<&'static str> = None;
    for route in ROUTES {
        let Some(params) = route.params(path) else { continue };
        match (route.verb, method) {
            (Verb::Get, &Method::GET) | (Verb::Post, &Method::POST) => return Ok((route, params)),
            (Verb::Get, _) => {
                allow = Some(if allow == Some("POST") { "GET, HEAD, POST" } else { "GET, HEAD" })
            }
            (Verb::Post, _) => {
                allow = Some(if allow == Some("GET, HEAD") { "GET, HEAD, POST" } else { "POST" })
            }
        }
    }
    Err(allow.map_or_else(Problem::not_found, Problem::method))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Option<(&'static str, Vec<String>)> {
        find(&Method::GET, path).ok().map(|(route, params)| (route.path, params))
    }

    #[test]
    fn paths_are_matched_whole() {
        assert_eq!(found("/w/KEY.js"), Some(("/w/:key.js", vec!["KEY".into()])));
        assert_eq!(found("/w/KEY/"), Some(("/w/:key/", vec!["KEY".into()])));
        assert_eq!(found("/desk/inbox/mine"), Some(("/desk/*", vec![])));
        assert_eq!(found("/desk/"), Some(("/desk/*", vec![])));
        for nothing in
            ["/w/KEY", "/w/.js", "/w//", "/desks", "/assets/", "/assets/../x", "/assets/a/b", "", "//", "*"]
        {
            assert_eq!(found(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn other_methods_are_told_what_there_is() {
        assert_eq!(find(&Method::DELETE, "/api/me").err().unwrap().status(), 405);
        assert_eq!(find(&Method::POST, "/nothing").err().unwrap().status(), 404);
    }

    #[test]
    fn no_two_routes_claim_the_same_place() {
        for (at, a) in ROUTES.iter().enumerate() {
            assert!(!ROUTES[..at].iter().any(|b| a.verb == b.verb && a.path == b.path), "{}", a.path);
        }
    }
}
