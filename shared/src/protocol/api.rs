//! The bodies of HTTP requests and answers of the apps. Same codec and strictness as the frames.

use super::refusal::RefusalCode;
use crate::model::agent::AgentView;
use crate::model::conversation::{Status, Summary};
use crate::model::filing::{InboxOutcomes, TagColour, TagView};
use crate::model::hours::Hours;
use crate::model::id::{AgentId, ConversationId, InboxId, OutcomeId, Seq, SiteSecretId, VisitorId};
use crate::model::message::Author;
use crate::model::role::Role;
use crate::model::routing::{Asked, Fit, Ranked, Routing};
use crate::model::site::{ChatForm, Closed, Service, SiteInbox, SiteLooks, SiteView, Theme, Worded};
use crate::model::snippet::{Situation, SnippetView};
use crate::model::time::UnixMillis;
use crate::model::view::{ListName, Term, ViewView};
use crate::model::visitor::{AboutView, BlockView, IdentityView, VisitorName};
use crate::wire;

wire! {
    /// Every answer that is not what was asked for, with a status of 4xx or 5xx.
    pub struct Failure {
        /// Why.
        pub code: RefusalCode,
        /// What to do about it, in words.
        pub message: String,
        /// The field of the request it is about.
        pub field: Option<String>,
        /// When to try again.
        pub retry_after_ms: Option<u32>,
    }

    /// An answer with nothing in it.
    pub struct Nothing {}

    /// What the widget knows of its site (in a `meta` tag).
    pub struct FrameSite {
        /// The public key in the tag.
        pub key: String,
        /// Where its conversations land.
        pub inbox: InboxId,
        /// Whom visitors choose among, if there is a choice: of each the id, and behind its 32 characters the name. The document
        /// puts in those of its language. One text, because a list of texts is read already.
        pub inboxes: Vec<String>,
        /// The name.
        pub name: String,
        /// What is said first. The document puts in the one of its language.
        pub greeting: String,
        /// What every visitor is told at the moment. The document puts in the one of its language.
        pub notice: Option<String>,
        /// What people often begin with. The document puts in those of its language.
        pub starters: Vec<String>,
        /// The content hash of its picture.
        pub logo: Option<String>,
        /// Who is there.
        pub service: Service,
    }

    /// What the document around the widget does with the looks of its site (in another `meta` tag).
    pub struct FrameLooks {
        /// The rules of a style sheet: the colour of the site and what is readable on it.
        pub sheet: String,
        /// Light, dark, or as the browser wishes.
        pub theme: Theme,
        /// The origins whose pages may show the widget.
        pub origins: Vec<String>,
        /// What is said first in English, simplified and traditional Chinese.
        pub greetings: Vec<String>,
        /// What every visitor is told at the moment, in the same order; empty: nothing.
        pub notices: Vec<String>,
        /// What is asked before the first message, in every language.
        pub form: Option<ChatForm>,
        /// What people often begin with, in every language.
        pub starters: Vec<Worded>,
        /// Whom visitors choose among, in every language, in order, if there is a choice.
        pub inboxes: Vec<SiteInbox>,
    }

    /// `POST /w/KEY/ticket`
    pub struct VisitorTicketRequest {
        /// The visitor token, where the browser keeps no cookie for us.
        pub token: Option<String>,
        /// The origin of the page that shows the frame; absent where none does.
        pub page: Option<String>,
    }

    /// Answer of `POST /w/KEY/ticket`
    pub struct VisitorTicket {
        /// The ticket for `hello`, to be used once within `TICKET_LIFETIME`.
        pub ticket: String,
        /// The token to keep, where the request came without a cookie. The cookie, if it sticks, makes it needless.
        pub token: Option<String>,
    }

    /// `POST /w/KEY/identify`
    pub struct IdentifyRequest {
        /// What the site's server signed: a JWT.
        pub identity: String,
        /// The visitor token so far, where the browser keeps no cookie for us.
        pub token: Option<String>,
        /// The origin of the page that shows the frame; absent where none does.
        pub page: Option<String>,
    }

    /// `POST /w/KEY/logout`
    pub struct LogoutRequest {
        /// The visitor token, where the browser keeps no cookie for us.
        pub token: Option<String>,
    }

    /// Answer of `POST /w/KEY/identify` and `POST /w/KEY/logout`
    pub struct VisitView {
        /// The token to keep, after `identify` where the request came without a cookie.
        pub token: Option<String>,
        /// Whether this is somebody else than before: whatever the device keeps has to go.
        pub changed: bool,
    }

    /// Answer of `POST /api/ticket`
    pub struct AgentTicket {
        /// The ticket for `hello`, to be used once within `TICKET_LIFETIME`.
        pub ticket: String,
    }

    /// `POST /api/search`: the words are in the body, so that no log of addresses keeps them.
    pub struct SearchRequest {
        /// What to look for: words that all have to be there.
        pub text: String,
        /// In this inbox only.
        pub inbox: Option<InboxId>,
        /// Only what this agent wrote, or what is in a conversation that they have.
        pub agent: Option<AgentId>,
        /// Only in conversations that stand so.
        pub status: Option<Status>,
        /// Nothing before this.
        pub since: Option<UnixMillis>,
        /// Nothing from this on.
        pub until: Option<UnixMillis>,
        /// Only messages, or only notes.
        pub only: Option<SearchOnly>,
        /// Goes on where an earlier answer ended.
        pub before: Option<u64>,
    }

    /// What is looked for among.
    pub enum SearchOnly text {
        /// What both sides read.
        Messages "messages",
        /// What staff wrote for staff.
        Notes "notes",
    }

    /// Answer of `POST /api/search`
    pub struct SearchView {
        /// Messages and notes, newest first.
        pub hits: Vec<HitView>,
        /// People by what is known of them, whose conversation was written in last first; only in the first answer.
        pub people: Vec<FoundPersonView>,
        /// Where to go on; absent at the end. An answer may have few hits, or none, and still not be the last.
        pub earlier: Option<u64>,
        /// How far back was looked, where it goes on.
        pub back_to: Option<UnixMillis>,
    }

    /// A message or a note in which everything was found.
    pub struct HitView {
        /// The conversation.
        pub conversation: ConversationId,
        /// The row, in the count of staff.
        pub seq: Seq,
        /// When it was written.
        pub at: UnixMillis,
        /// Who wrote it.
        pub author: Author,
        /// Whether it is for staff only.
        pub is_note: bool,
        /// What is in it around the first word that was found.
        pub text: Vec<SearchPiece>,
        /// Where the conversation is.
        pub about: FoundConversation,
    }

    /// A person of whom everything was found.
    pub struct FoundPersonView {
        /// What was found of them.
        pub text: Vec<SearchPiece>,
        /// Their last conversation.
        pub conversation: ConversationId,
        /// When something was written in it last.
        pub at: UnixMillis,
        /// Where it is.
        pub about: FoundConversation,
    }

    /// What to know of a conversation in which something was found.
    pub struct FoundConversation {
        /// The visitor.
        pub visitor: VisitorId,
        /// What they are called.
        pub name: Option<VisitorName>,
        /// The name of its inbox.
        pub inbox: String,
        /// Whether it is open.
        pub status: Status,
        /// Who has it.
        pub assignee: Option<AgentView>,
    }

    /// A part of a line.
    pub struct SearchPiece {
        /// The text.
        pub text: String,
        /// Whether it is what was looked for.
        pub is_hit: bool,
    }

    /// `POST /api/setup`: the owner, the first site and its inbox, in one step.
    pub struct SetupRequest {
        /// The secret of the one-time link.
        pub token: String,
        /// The owner's name.
        pub name: String,
        /// The owner's e-mail, which signs in.
        pub email: String,
        /// The owner's password.
        pub password: String,
        /// The first site.
        pub site: SiteEdit,
    }

    /// `POST /api/sites` and `POST /api/sites/ID`
    pub struct SiteEdit {
        /// Name, colour, greeting.
        pub looks: SiteLooks,
        /// Origins as people write them (`example.com` becomes `https://example.com`).
        pub origins: Vec<String>,
        /// Where its new conversations land from now on; absent: where they do (a new site: an inbox of its own).
        pub inbox: Option<InboxId>,
        /// The inboxes among which its visitors choose from now on, that one among them; empty: no choice; absent: as it is.
        pub inboxes: Option<Vec<SiteInbox>>,
    }

    /// `POST /api/sites/ID/preview`
    pub struct PreviewRequest {
        /// What the site would be.
        pub site: SiteEdit,
        /// The language of the page it is shown on.
        pub language: String,
    }

    /// Answer of `POST /api/sites/ID/preview`
    pub struct PreviewView {
        /// Where a page with the widget on it is for a while.
        pub page: String,
    }

    /// `POST /api/login`
    pub struct LoginRequest {
        /// The e-mail.
        pub email: String,
        /// The password.
        pub password: String,
    }

    /// Answer of `POST /api/login` and `POST /api/invites/accept`: a session, or the wish for a code.
    pub struct SignInView {
        /// Who; absent where a code is wanted first.
        pub me: Option<MeView>,
        /// With this and a code, `POST /api/login/code` makes the session; for ten minutes.
        pub ticket: Option<String>,
    }

    /// `POST /api/login/code` and `POST /api/me/second-step/on`
    pub struct CodeRequest {
        /// What was given for the password.
        pub ticket: String,
        /// Six digits of an app or, where one signs in, a recovery code.
        pub code: String,
    }

    /// Answer of `GET /api/me/second-step` and of every `POST` below it: how it is then.
    pub struct SecondStepView {
        /// Since when a code is asked for behind the password; absent: it is not.
        pub since: Option<UnixMillis>,
        /// Recovery codes that were not used yet.
        pub codes_left: u32,
        /// After `…/begin`: what an app is to be given.
        pub app: Option<NewAppView>,
        /// After `…/on` and `…/codes`: recovery codes. Each signs in once; shown once.
        pub codes: Vec<String>,
    }

    /// What an app is to be given; shown once.
    pub struct NewAppView {
        /// For `POST /api/me/second-step/on`, for a quarter of an hour.
        pub ticket: String,
        /// The secret, to be typed.
        pub secret: String,
        /// The same as an address that apps open.
        pub uri: String,
        /// The same as a QR code: squares of a side, without the margin of four that it needs.
        pub side: u32,
        /// The dark ones, as the path of an SVG, a square being one unit.
        pub path: String,
    }

    /// What a session left open is not enough for: `POST /api/me/second-step/begin`, `…/off` and `…/codes`; of owners
    /// `POST /api/agents/ID/second-step/off`, `…/deactivate` (their sessions end and their conversations go back to the queue)
    /// and `…/reactivate`, `POST /api/sites/ID/identity/secrets`, and `POST /api/visitors/ID/erase`.
    pub struct ProofRequest {
        /// The password of whoever asks, again.
        pub password: String,
        /// Where their second step is on: six digits of their app, or a recovery code. It is used up.
        pub code: Option<String>,
    }

    /// Answer of `GET /api/me/sessions`: where one is signed in, this one first, then the one used last.
    pub struct SessionsView {
        /// One's own.
        pub sessions: Vec<SessionView>,
    }

    /// A place where somebody is signed in.
    pub struct SessionView {
        /// What it is called when it is to be ended; nobody can sign in with it.
        pub id: String,
        /// Browser and system by name; absent when neither is known.
        pub device: Option<String>,
        /// Since when.
        pub opened_at: UnixMillis,
        /// When it was used last, to a minute.
        pub used_at: UnixMillis,
        /// Whether it is the one that asks.
        pub is_this: bool,
    }

    /// Answer of `GET /api/me`, `POST /api/setup` and `POST /api/login/code`.
    pub struct MeView {
        /// Who.
        pub agent: AgentView,
        /// The e-mail that signs in.
        pub email: String,
        /// What they may do.
        pub role: Role,
        /// Whether the server sends e-mail; otherwise agents do by hand.
        pub mail: Option<bool>,
    }

    /// Answer of `GET /api/inboxes`
    pub struct InboxesView {
        /// All inboxes, by name.
        pub inboxes: Vec<InboxView>,
        /// The names of all time zones.
        pub zones: Vec<String>,
    }

    /// An inbox as its owner sees it.
    pub struct InboxView {
        /// Which.
        pub id: InboxId,
        /// Its name.
        pub name: String,
        /// The names of the sites that lead to it.
        pub sites: Vec<String>,
        /// The agents who work in it; owners see every inbox besides.
        pub members: Vec<AgentId>,
        /// When it is open; absent: always.
        pub hours: Option<Hours>,
        /// How conversations are given out.
        pub routing: Routing,
        /// Whether it takes nothing from visitors who are not verified.
        pub verified_only: bool,
        /// Outside the hours now.
        pub closed: Option<Closed>,
    }

    /// `POST /api/inboxes` and `POST /api/inboxes/ID`
    pub struct InboxEdit {
        /// Its name.
        pub name: String,
        /// The agents who work in it.
        pub members: Vec<AgentId>,
        /// When it is open; absent: always.
        pub hours: Option<Hours>,
        /// How conversations are given out; absent: as it is.
        pub routing: Option<Routing>,
    }

    /// Answer of `GET /api/filing`: with what agents file conversations.
    pub struct FilingView {
        /// All tags by name, those put away included.
        pub tags: Vec<TagView>,
        /// The inboxes of whoever asks that want to know what came of conversations.
        pub inboxes: Vec<InboxOutcomes>,
    }

    /// `POST /api/tags` and `POST /api/tags/ID`
    pub struct TagEdit {
        /// Its name.
        pub name: String,
        /// How it looks.
        pub colour: TagColour,
        /// Whether it is put away.
        pub is_archived: bool,
    }

    /// `POST /api/inboxes/ID/outcomes`: what an inbox asks from now on.
    pub struct OutcomesEdit {
        /// The outcomes in their order; one that is left out is not offered any more.
        pub outcomes: Vec<OutcomeEdit>,
        /// Whether one has to be chosen.
        pub is_required: bool,
    }

    /// An outcome as it is to be.
    pub struct OutcomeEdit {
        /// Which; absent: a new one.
        pub id: Option<OutcomeId>,
        /// Its name.
        pub name: String,
    }

    /// Answer of `GET /api/board/SINCE`: what has happened in the inboxes of whoever asks, since an instant.
    pub struct BoardView {
        /// From when it counts: what was asked for, or as far back as is looked.
        pub since: UnixMillis,
        /// Inbox by inbox.
        pub inboxes: Vec<BoardInbox>,
    }

    /// What has happened in one inbox.
    pub struct BoardInbox {
        /// Which.
        pub inbox: InboxId,
        /// Waits that ended with an agent.
        pub served: u32,
        /// Waits that their visitors gave up.
        pub given_up: u32,
        /// Half of those that ended with an agent took no longer; absent when there was none.
        pub median_ms: Option<u64>,
    }

    /// Answer of `GET /api/inboxes/ID/ended/SINCE`: the waits of an inbox that have ended since an instant, the last
    /// one first, at most `ENDED_SHOWN_MAX`.
    pub struct EndedView {
        /// The waits.
        pub waits: Vec<EndedWait>,
    }

    /// A wait that is over.
    pub struct EndedWait {
        /// The conversation, as it is now.
        pub summary: Summary,
        /// When the wait ended.
        pub at: UnixMillis,
        /// How long it was.
        pub waited_ms: u64,
        /// Its visitor gave it up.
        pub given_up: bool,
    }

    /// Answer of `GET /api/inboxes/ID/waits`: whether what was said about waits came true, over the last day.
    pub struct WaitsView {
        /// Which inbox.
        pub inbox: InboxId,
        /// All of it.
        pub all: WaitsScore,
        /// Hour by hour, the last one first; without those in which nobody began to wait.
        pub hours: Vec<WaitsHour>,
    }

    /// What began in one hour.
    pub struct WaitsHour {
        /// When it began.
        pub from: UnixMillis,
        /// How it went.
        pub score: WaitsScore,
    }

    /// What became of the first intervals of waits.
    pub struct WaitsScore {
        /// How many were shown and are over.
        pub count: u32,
        /// Of these, how many were given up.
        pub given_up: u32,
        /// Of a thousand waits, how many ended inside; should be 800. Those given up count as those who stayed as long.
        pub inside_per_mille: u32,
        /// How many ended before.
        pub earlier_per_mille: u32,
        /// The mean width of an interval.
        pub width_ms: u64,
        /// Half of the intervals were no wider.
        pub width_median_ms: Option<u64>,
    }

    /// `POST /api/me`
    pub struct ProfileEdit {
        /// The new name.
        pub name: String,
    }

    /// `POST /api/me/password`. Ends every other session of the agent.
    pub struct PasswordEdit {
        /// The present one.
        pub current: String,
        /// The new one.
        pub new: String,
    }

    /// `POST /api/invites` (owner)
    pub struct InviteRequest {
        /// The e-mail the new agent will sign in with.
        pub email: String,
        /// What they will be.
        pub role: Role,
        /// Who asks, where it is to be somebody who sees everything.
        pub proof: Option<ProofRequest>,
    }

    /// Answer of `POST /api/invites`
    pub struct InviteView {
        /// The link to hand over; shown once.
        pub link: String,
        /// Until when it works.
        pub expires_at: UnixMillis,
    }

    /// `POST /api/invites/accept` (signs in), and a password reset by the operator's link.
    pub struct InviteAccept {
        /// The secret of the link.
        pub token: String,
        /// The name shown to visitors.
        pub name: String,
        /// The password.
        pub password: String,
    }

    /// Answer of `GET /api/agents`
    pub struct PeopleView {
        /// Everybody who may sign in.
        pub people: Vec<PersonView>,
    }

    /// One who may sign in.
    pub struct PersonView {
        /// As others see them.
        pub agent: AgentView,
        /// The e-mail.
        pub email: String,
        /// What they may do.
        pub role: Role,
        /// When they were last connected.
        pub seen_at: Option<UnixMillis>,
        /// Whether a code is asked for behind their password. Only owners are told.
        pub second_step: Option<bool>,
        /// Since when they may not sign in; absent: they may. Only owners are told of those.
        pub deactivated_at: Option<UnixMillis>,
    }

    /// Answer of `GET /api/sites`
    pub struct SitesView {
        /// All sites.
        pub sites: Vec<SiteView>,
    }

    /// Answer of `GET /api/sites/ID/identity` (owner)
    pub struct SiteIdentityView {
        /// The secrets with which the site's server may sign, oldest first; two at most.
        pub secrets: Vec<SiteSecretView>,
        /// Where its conversations land.
        pub inbox: InboxId,
        /// Whether that inbox takes nothing from visitors who are not verified.
        pub verified_only: bool,
    }

    /// A secret, without itself.
    pub struct SiteSecretView {
        /// Which one.
        pub id: SiteSecretId,
        /// When it was made.
        pub made_at: UnixMillis,
    }

    /// Answer of `POST /api/sites/ID/identity/secrets`
    pub struct NewSiteSecret {
        /// Which one.
        pub id: SiteSecretId,
        /// The secret; shown once.
        pub secret: String,
    }

    /// `POST /api/sites/ID/identity/drop` (owner). Whoever was verified with it has to be verified anew.
    pub struct SiteSecretDrop {
        /// Which one.
        pub id: SiteSecretId,
    }

    /// `POST /api/inboxes/ID/identity` (owner)
    pub struct InboxIdentityEdit {
        /// Whether it takes nothing from visitors who are not verified.
        pub verified_only: bool,
    }

    /// Answer of `GET /api/views`, and of every change: one's own and the shared ones, by name.
    pub struct ViewsView {
        /// The views.
        pub views: Vec<ViewView>,
    }

    /// `POST /api/views` and `POST /api/views/ID`. Shared ones are the owners' and supervisors'.
    pub struct ViewEdit {
        /// Its name, at most `VIEW_NAME_CHARS_MAX`.
        pub name: String,
        /// Whether everybody has it.
        pub is_shared: bool,
        /// The list.
        pub list: ListName,
        /// What is wanted of a conversation there; each kind of thing once.
        pub terms: Vec<Term>,
    }

    /// Answer of `GET /api/snippets`: one's own and the shared ones, by shortcut.
    pub struct SnippetsView {
        /// All one may use.
        pub snippets: Vec<SnippetView>,
    }

    /// `POST /api/snippets` and `POST /api/snippets/ID`. Shared ones are the owners'.
    pub struct SnippetEdit {
        /// What is typed to find it.
        pub shortcut: String,
        /// The text.
        pub text: String,
        /// Whether everybody has it.
        pub is_shared: bool,
        /// How a visitor is whom it answers.
        pub situation: Option<Situation>,
    }

    /// Answer of `GET /api/conversations/ID`
    pub struct ConversationCard {
        /// As lists show it.
        pub summary: Summary,
    }

    /// Answer of `GET /api/conversations/ID/reasons`
    pub struct ReasonsView {
        /// To whom it went, oldest first.
        pub assignments: Vec<AssignmentView>,
        /// Whom it was offered to, oldest first.
        pub offers: Vec<OfferedView>,
        /// Where it was to go on to because it had waited too long, oldest first.
        pub overflows: Vec<OverflowView>,
        /// Where it goes on to, if nobody takes it before.
        pub goes_on: Option<GoesOn>,
        /// So many are given a place in its inbox; who waits beyond was asked for an address.
        pub waiting_max: Option<u32>,
        /// While it waits: what it asks for of whoever it is given to. Absent: anybody will do.
        pub waits_for: Option<WaitsFor>,
        /// While it waits: why it comes before others, or after them. Absent: it comes as most.
        pub ranked: Option<Ranked>,
    }

    /// What a conversation asks for that waits.
    pub struct WaitsFor {
        /// What.
        pub asked: Asked,
        /// Until when nobody else is given it; absent: for ever.
        pub until: Option<UnixMillis>,
    }

    /// A conversation was offered to somebody.
    pub struct OfferedView {
        /// Their name.
        pub agent: String,
        /// When.
        pub at: UnixMillis,
        /// How long they had to accept it, in milliseconds.
        pub within_ms: u64,
        /// What became of it; absent: they are asked now.
        pub outcome: Option<OfferOutcome>,
    }

    /// What became of an offer.
    pub enum OfferOutcome text {
        /// They took it.
        Accepted "accepted",
        /// They did not want it then.
        Declined "declined",
        /// They did not answer in time, and were set away.
        Missed "missed",
        /// They could not take it any more, or somebody else has it.
        Withdrawn "withdrawn",
    }

    /// A conversation had waited too long.
    pub struct OverflowView {
        /// When.
        pub at: UnixMillis,
        /// The name of the inbox where it had waited.
        pub from: String,
        /// The name of the one it was to go to.
        pub to: String,
        /// How long it had waited, in milliseconds.
        pub waited_ms: u64,
        /// It went; otherwise its visitor has another one open there, or may not write there.
        pub went: bool,
    }

    /// A conversation will have waited too long.
    pub struct GoesOn {
        /// The name of the inbox it goes to.
        pub to: String,
        /// When.
        pub at: UnixMillis,
    }

    /// A conversation went to somebody.
    pub struct AssignmentView {
        /// To whom.
        pub agent: AgentView,
        /// When.
        pub at: UnixMillis,
        /// Why.
        pub because: Because,
        /// What was special about it, where the desk chose.
        pub fit: Option<Fit>,
    }

    /// Why a conversation went to somebody.
    pub enum Because tag "because" {
        /// Nobody who could take it had less to do for what they take.
        LeastLoaded "least_loaded" {
            /// What they had before.
            load: u32,
            /// What they take.
            capacity: u32,
            /// How many could have taken it.
            eligible: u32,
        },
        /// It was their turn: of those who could take it, nobody was given nothing for longer.
        InTurn "in_turn" {
            /// How many could have taken it.
            eligible: u32,
        },
        /// They answered the visitor before.
        SameAgent "same_agent" {},
        /// They took it themselves.
        Claimed "claimed" {
            /// From this colleague; absent: from the queue.
            from: Option<String>,
        },
        /// A colleague passed it on.
        Transferred "transferred" {
            /// Who.
            by: String,
        },
    }

    /// Answer of `GET /api/visitors/ID`
    pub struct VisitorCard {
        /// Their conversations that the agent may see, newest first, at most `EARLIER_MAX`.
        pub conversations: Vec<Summary>,
        /// Whether they are blocked.
        pub block: Option<BlockView>,
        /// Who they are by the word of the site's server; absent: nobody has verified anything.
        pub identity: Option<IdentityView>,
        /// What they, or the page around, have said of them; absent: nothing.
        pub about: Option<AboutView>,
        /// Inboxes of the agent's that take nothing from them: a conversation cannot be passed on to there.
        pub closed_inboxes: Vec<InboxId>,
    }

    /// `POST /api/visitors/ID/block`. A block that is there already is replaced.
    pub struct BlockRequest {
        /// Why, for colleagues.
        pub reason: String,
        /// How long, in seconds, at most `BLOCK_MAX`.
        pub for_seconds: u32,
    }

    /// Answer of `GET /api/blocks`
    pub struct BlocksView {
        /// The blocks of visitors whom the agent may see, newest first.
        pub blocks: Vec<BlockView>,
    }

    /// `POST /w/KEY/file/ID`: where a visitor finds a file for the next minutes.
    pub struct FileLink {
        /// The address, good for `FILE_LINK_LIFETIME` of the server.
        pub url: String,
    }

    /// `POST /w/KEY/transcript`
    pub struct TranscriptRequest {
        /// Which one.
        pub conversation: ConversationId,
    }

    /// `POST /api/retention` (owner)
    pub struct RetentionEdit {
        /// Which inbox.
        pub inbox: InboxId,
        /// Days after which messages of conversations that have ended are erased; absent: never.
        pub messages_days: Option<u32>,
        /// Days after which files are removed; absent: never.
        pub files_days: Option<u32>,
    }

    /// Answer of `GET` and `POST /api/retention` (owner)
    pub struct RetentionsView {
        /// One for each inbox, by name.
        pub inboxes: Vec<RetentionView>,
    }

    /// How long an inbox keeps what was said.
    pub struct RetentionView {
        /// Which inbox.
        pub inbox: InboxId,
        /// Its name.
        pub name: String,
        /// Days after which messages of conversations that have ended are erased.
        pub messages_days: Option<u32>,
        /// Days after which files are removed.
        pub files_days: Option<u32>,
        /// How many messages would go now.
        pub messages_due: u32,
        /// How many files would go now.
        pub files_due: u32,
    }

    /// `GET /api/audit`, `GET /api/audit/NUMBER` for what came before that row, and `GET /api/audit/NUMBER/PERSON/WHAT` for
    /// what of that one person did, or was done, with `all` where it does not matter (owner)
    pub struct AuditPage {
        /// The newest first.
        pub rows: Vec<AuditView>,
        /// There may be earlier ones before this row; absent: there are none. A page may be empty and still have some.
        pub earlier: Option<i64>,
    }

    /// Answer of `GET /api/audit/check` (owner): whether all of the trail fits
    pub struct AuditCheckView {
        /// When it was looked through.
        pub at: UnixMillis,
        /// The first row that is there.
        pub first: i64,
        /// How many fit.
        pub rows: i64,
        /// The newest row, as `NUMBER:HASH`: to be noted elsewhere. Absent where something does not fit.
        pub head: Option<String>,
        /// The first thing that does not fit, for people.
        pub flaw: Option<String>,
        /// The row where it is.
        pub flaw_at: Option<i64>,
    }

    /// One row of the audit trail.
    pub struct AuditView {
        /// Its place, from 1 on.
        pub number: i64,
        /// When.
        pub at: UnixMillis,
        /// `agent`, `visitor`, `operator`, `server`, or `nobody` for who has not proved who they are.
        pub actor: String,
        /// Which agent or visitor.
        pub actor_id: Option<String>,
        /// What was done.
        pub what: String,
        /// To what kind of thing.
        pub target: Option<String>,
        /// To which.
        pub target_id: Option<String>,
        /// The network it came from (/24, /48); never of a visitor.
        pub network: Option<String>,
        /// What else there is to say.
        pub detail: Option<String>,
        /// SHA-256 of the hash of the row before and all of this one, in hexadecimal digits.
        pub hash: String,
    }

    /// `POST /api/me/picture` takes the bytes of a PNG, JPEG or WebP picture; this is its answer.
    pub struct PictureView {
        /// The content hash under `/picture/`.
        pub picture: String,
    }
}
