//! `/w/KEY/plain`: the chat as a plain form, for when scripts or WASM fail. It needs no cookie either: the token in
//! the form says who writes. How the page looks is `plain_page`'s.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use deskbell_shared::model::site::FORM_FIELDS_MAX;
use deskbell_shared::model::{
    About, ChatForm, ConversationId, Draft, Entry, InboxId, Seq, Status, UnixMillis,
};
use deskbell_shared::protocol::RefusalCode;
use deskbell_shared::protocol::limits::{ABOUT_CHARS_MAX, TEXT_BYTES_MAX};
use warp::http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, VARY};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use super::assets::Packed;
use super::call::Call;
use super::headers::plain_policy;
use super::plain_page::{Notice, PlainPage, members_page, sheet_of};
use super::plain_questions::{answers, chosen, questions, whom};
use super::plain_token::PlainToken;
use super::problem::Problem;
use super::{Edge, looks, reply};
use crate::application::allowance::Rate;
use crate::application::conversations::Opening;
use crate::auth::principal::Principal;
use crate::auth::secret::{Secret, random};
use crate::language::Language;
use crate::store::accounts::SiteRecord;
use crate::store::conversations::Span;
use crate::store::{Fault, Refusal};

/// A whole form: the text and the answers, thrice because they are escaped, and the token.
pub const FORM_BYTES_MAX: usize = 3 * (TEXT_BYTES_MAX + 4 * ABOUT_CHARS_MAX * FORM_FIELDS_MAX) + 2048;
/// Messages by plain form from one place.
pub const FORMS: Rate = Rate::new(20, Duration::from_secs(5));
/// `GET /w/KEY/plain.css`
pub async fn sheet(_: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let site = call.site()?;
    Ok(Packed::quick(sheet_of(&site.looks.colour)).answer(
        &call,
        "text/css; charset=utf-8",
        "public, max-age=300",
    ))
}

/// `GET /w/KEY/plain`: goes on where the visitor's cookie was, if there is one.
pub async fn page(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let asked = Asked::of(&call)?;
    let answer = gone_on_with(&edge, &call, &asked).await;
    told_to_members(&asked, answer)
}

async fn gone_on_with(edge: &Edge, call: &Call, asked: &Asked) -> Result<Response, Problem> {
    let site = &asked.site;
    let cookie = call.cookie(&edge.cookies.visitor_name());
    let who = match &cookie {
        Some(cookie) => match edge.identities.visitor(site, cookie).await {
            // Of what is over nothing is shown.
            Err(denial) if denial.code == RefusalCode::SignedOut => stranger(edge, site).await?,
            known => known?,
        },
        None => stranger(edge, site).await?,
    };
    let known = edge.app.own_conversations(&who).await?;
    let conversation = known.first().map_or_else(|| fresh_conversation(edge.app.now()), |view| view.id);
    shown(edge, asked, &who, conversation, None, String::new()).await
}

/// Where only verified visitors may write, the refusal is a page in the language of whoever reads it.
fn told_to_members(asked: &Asked, answer: Result<Response, Problem>) -> Result<Response, Problem> {
    match answer {
        Err(problem) if problem.code() == RefusalCode::NotAllowed => {
            let mut response =
                reply::typed(members_page(&asked.site, asked.language), "text/html; charset=utf-8");
            *response.status_mut() = StatusCode::FORBIDDEN;
            Ok(dressed(asked, response))
        }
        answer => answer,
    }
}

/// `POST /w/KEY/plain`: sends the text, or with none looks for answers.
pub async fn post(edge: Arc<Edge>, mut call: Call) -> Result<Response, Problem> {
    let mut asked = Asked::of(&call)?;
    let answer = taken(edge, &mut call, &mut asked).await;
    told_to_members(&asked, answer)
}

async fn taken(edge: Arc<Edge>, call: &mut Call, asked: &mut Asked) -> Result<Response, Problem> {
    let site = Arc::clone(&asked.site);
    let first_wish =
        call.header(ACCEPT_LANGUAGE).and_then(|list| list.split([',', ';']).next()).map(str::to_owned);
    let mut fields: HashMap<String, String> = call.form(FORM_BYTES_MAX).await?.into_iter().collect();
    // Forms send lines ended by CR LF.
    let text = fields.remove("text").unwrap_or_default().replace("\r\n", "\n");
    let text = text.trim().to_owned();
    // What is pressed goes in place of what is being written, which stays.
    let (text, typed) = match fields.remove("choice") {
        Some(pressed) => (pressed.trim().to_owned(), text),
        None => (text.clone(), text),
    };
    let now = edge.app.now();
    let looks_only = fields.get("action").is_some_and(|action| action == "look");
    let token = fields.remove("token").and_then(|text| edge.plain.opened(site.id, &text, now));
    let writer = match &token {
        Some(token) => {
            let cookie = call.cookie(&edge.cookies.visitor_name());
            match edge.identities.signed(&site, token.visitor, cookie.as_ref()).await {
                Err(denial) if denial.code == RefusalCode::SignedOut => None,
                writer => Some(writer?),
            }
        }
        None => None,
    };
    asked.given = fields;
    let (Some(token), Some(who)) = (token, writer) else {
        // Whoever forges a token starts anew, like everybody else; and whoever has left meanwhile.
        let who = stranger(&edge, &site).await?;
        return shown(&edge, asked, &who, fresh_conversation(now), Some(Notice::Expired), typed).await;
    };
    let conversation = token.conversation;
    if text.is_empty() || looks_only {
        return shown(&edge, asked, &who, conversation, None, typed).await;
    }
    if text.len() > TEXT_BYTES_MAX {
        return shown(&edge, asked, &who, conversation, Some(Notice::TooLong), typed).await;
    }
    let Ok(about) = answers(asked.form(), asked.language, &asked.given) else {
        return shown(&edge, asked, &who, conversation, Some(Notice::Unanswered), typed).await;
    };
    if edge.forms.take(FORMS, call.place(), 1, now).is_err() {
        return shown(&edge, asked, &who, conversation, Some(Notice::TooFast), typed).await;
    }
    let draft = Draft::new(token.cmid(), text.clone());
    let (conversation, code) =
        match sent(&edge, &who, conversation, draft, first_wish, about, chosen(&asked.given)).await {
            Ok(sent) => sent,
            Err(Fault::Refused(Refusal { code, .. })) => (conversation, Some(code)),
            Err(fault) => {
                tracing::error!(%fault, "a plain form was not stored");
                (conversation, Some(RefusalCode::Unavailable))
            }
        };
    let notice = match code {
        None => Notice::Sent,
        Some(RefusalCode::CmidReused) => Notice::SentBefore,
        Some(RefusalCode::RateLimited) => Notice::TooFast,
        Some(RefusalCode::Blocked) => Notice::Blocked,
        Some(RefusalCode::TooLong) => Notice::TooLong,
        Some(RefusalCode::NotAllowed) => Notice::Members,
        Some(_) => Notice::NotStored,
    };
    let kept = if notice == Notice::Sent && typed == text { String::new() } else { typed };
    shown(&edge, asked, &who, conversation, Some(notice), kept).await
}

/// Somebody nobody has seen before.
async fn stranger(edge: &Edge, site: &SiteRecord) -> Result<Principal, Problem> {
    Ok(edge.identities.visitor(site, &Secret::fresh()).await?)
}

/// Where the message went, and why not if it did not.
async fn sent(
    edge: &Edge,
    who: &Principal,
    conversation: ConversationId,
    draft: Draft,
    language: Option<String>,
    about: Option<About>,
    inbox: Option<InboxId>,
) -> Result<(ConversationId, Option<RefusalCode>), Fault> {
    let is_known = match edge.app.rows(who, conversation, Span::Newest(Seq(0))).await {
        Ok(_) => true,
        Err(Fault::Refused(_)) => false,
        Err(fault) => return Err(fault),
    };
    let tried = if is_known {
        edge.app.send(who, conversation, vec![draft.clone()]).await
    } else {
        let opening = Opening {
            conversation,
            messages: vec![draft.clone()],
            page: None,
            language,
            time_zone: None,
            about,
            inbox,
        };
        edge.app.start(who, opening).await
    };
    let (conversation, written) = match tried {
        // The visitor has another open conversation, by the widget for example: it goes there.
        Err(Fault::Refused(Refusal { code: RefusalCode::AlreadyOpen, conversation: Some(open) })) => {
            (open, edge.app.send(who, open, vec![draft]).await?)
        }
        tried => (conversation, tried?),
    };
    Ok((conversation, written.refused.map(|refused| refused.code)))
}

/// Whose form it is, and in which language.
struct Asked {
    site: Arc<SiteRecord>,
    language: Language,
    /// What was answered already, where something was missing.
    given: HashMap<String, String>,
}

impl Asked {
    fn of(call: &Call) -> Result<Asked, Problem> {
        Ok(Asked { site: call.site()?, language: call.language(), given: HashMap::new() })
    }

    /// What the site asks before the first message.
    fn form(&self) -> Option<&ChatForm> {
        self.site.looks.style.as_ref()?.form.as_ref()
    }
}

async fn shown(
    edge: &Edge,
    asked: &Asked,
    who: &Principal,
    conversation: ConversationId,
    notice: Option<Notice>,
    text: String,
) -> Result<Response, Problem> {
    let Asked { site, language, given } = asked;
    let Principal::Visitor { id: visitor, .. } = *who else { return Err(Problem::signed_out()) };
    let (rows, is_resolved) = match edge.app.rows(who, conversation, Span::Newest(Seq(0))).await {
        Ok(read) => (read.rows, read.view.status == Status::Resolved),
        Err(Fault::Refused(_)) => (Vec::<Entry>::new(), false),
        Err(fault) => return Err(fault.into()),
    };
    let token = PlainToken::fresh(visitor, conversation, edge.app.now());
    let token = edge.plain.sealed(site.id, &token);
    let asks = asked.form().filter(|_| rows.is_empty());
    let mut first = asks.map_or_else(String::new, |form| questions(form, *language, given));
    if rows.is_empty() {
        let hub = &edge.app.hub;
        let mut inboxes = looks::inboxes(site, |inbox| hub.inbox_name(inbox));
        let choices = hub.choices_of(who);
        inboxes.retain(|its| choices.contains(&its.inbox));
        first.insert_str(0, &whom(&inboxes, *language, given));
    }
    let address_of = |id| edge.files.address(visitor, id);
    let page = PlainPage {
        language: *language,
        site,
        rows: &rows,
        is_resolved,
        notice,
        questions: &first,
        text: &text,
        token: &token,
        address_of: &address_of,
    };
    Ok(dressed(asked, reply::typed(page.html(), "text/html; charset=utf-8")))
}

/// With what browsers and caches have to know about it.
fn dressed(asked: &Asked, mut response: Response) -> Response {
    let policy = HeaderValue::from_str(&plain_policy(&asked.site.origins))
        .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-language"));
    response
}

fn fresh_conversation(now: UnixMillis) -> ConversationId {
    ConversationId::from_parts(now, random())
}
