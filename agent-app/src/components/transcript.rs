//! A transcript: its lines, older ones on the way up, and a way back to the newest.

use std::rc::Rc;

use deskbell_shared::model::FileView;
use deskbell_shared::model::{Cmid, VisitorId};
use yew::prelude::*;

use super::face::visitor_face;
use super::icon::{Glyph, drawn, icon};
use super::marked::marked;
use crate::format::{Local, moment, time};
use crate::shown::transcript::{Line, Progress, Say};
use crate::text::{t, tn};

/// A transcript.
#[derive(Clone, PartialEq, Properties)]
pub struct TranscriptProps {
    /// Its lines.
    pub lines: Rc<Vec<Line>>,
    /// The visitor.
    pub visitor_id: VisitorId,
    /// The visitor's name.
    pub visitor: AttrValue,
    /// Whether there are older messages than the first line.
    pub has_older: bool,
    /// Whether they are on their way.
    pub is_loading: bool,
    /// Whether the newest message is out of sight.
    pub is_away: bool,
    /// The element that scrolls.
    pub node: NodeRef,
    /// Belongs on the element that scrolls.
    pub onscroll: Callback<Event>,
    /// Asks for older messages.
    pub onolder: Callback<()>,
    /// Goes to the newest message.
    pub onend: Callback<()>,
    /// Sends a refused message again.
    pub onretry: Callback<Cmid>,
    /// Forgets a refused message; its text goes back to the composer.
    pub ondiscard: Callback<Cmid>,
    /// Asks what is to become of a message of mine.
    pub onchange: Callback<Cmid>,
    /// The row that was looked for.
    pub found: Option<u64>,
    /// The present.
    pub local: Local,
}

/// A transcript.
#[function_component(Transcript)]
pub fn transcript(props: &TranscriptProps) -> Html {
    html! {
        <div class="talk-scroll" ref={props.node.clone()} onscroll={props.onscroll.clone()} tabindex="0" role="log"
            aria-live="off" aria-label={tn("talk.label", &[("who", &props.visitor)])}>
            <div class="talk-list">
                if props.has_older {
                    <button class="button button-quiet talk-older" type="button" disabled={props.is_loading}
                        onclick={props.onolder.reform(|_: MouseEvent| ())}>
                        {t(if props.is_loading { "talk.loading" } else { "talk.older" })}
                    </button>
                }
                {for props.lines.iter().map(|line| drawn_line(line, props))}
                if props.is_away {
                    <button class="button to-end" type="button" onclick={props.onend.reform(|_: MouseEvent| ())}>
                        {icon(Glyph::Down)}{t("talk.newest")}
                    </button>
                }
            </div>
        </div>
    }
}

fn drawn_line(line: &Line, props: &TranscriptProps) -> Html {
    let key = line.key().to_owned();
    match line {
        Line::Day(_, day) => html! { <h3 class="rule" {key}>{day.clone()}</h3> },
        Line::New => html! { <p class="rule rule-new" {key}>{t("talk.new")}</p> },
        Line::Event(_, what, at) => html! {
            <p class="event" key={key.clone()} id={key} title={moment(*at, props.local)}>
                {tn("event.at", &[("what", what), ("time", &time(*at))])}
            </p>
        },
        Line::Say(say) => {
            let row = || key.strip_prefix("row-")?.parse().ok();
            let is_found = props.found.is_some_and(|found| row() == Some(found));
            html! {
                <Said key={key.clone()} say={Rc::clone(say)} {is_found} visitor={props.visitor.clone()} visitor_id={props.visitor_id}
                    onretry={props.onretry.clone()} ondiscard={props.ondiscard.clone()} onchange={props.onchange.clone()} local={props.local} />
            }
        }
    }
}

#[derive(Clone, PartialEq, Properties)]
struct SaidProps {
    say: Rc<Say>,
    is_found: bool,
    visitor: AttrValue,
    visitor_id: VisitorId,
    onretry: Callback<Cmid>,
    ondiscard: Callback<Cmid>,
    onchange: Callback<Cmid>,
    local: Local,
}

/// A message. One by one, because of all of them one changes when another comes.
#[function_component(Said)]
fn said(props: &SaidProps) -> Html {
    let (say, is_found, key) = (&props.say, props.is_found, props.say.key.clone());
    let is_ours = say.progress.is_some();
    let class = classes!(
        "say",
        (is_ours && !say.is_note).then_some("say-ours"),
        say.is_note.then_some("say-note"),
        is_found.then_some("say-found"),
        say.same.then_some("same"),
        (say.progress == Some(Progress::Waiting)).then_some("say-waiting"),
        (say.progress == Some(Progress::Refused)).then_some("say-refused"),
    );
    let colleague = say.agent.as_ref().filter(|_| !say.mine && !say.same);
    let who = match (&say.agent, say.mine) {
        (_, true) => t("talk.you"),
        (Some(agent), false) => agent.name.clone(),
        (None, false) => props.visitor.to_string(),
    };
    html! {
        <article {class} id={key} aria-current={is_found.then_some("true")}>
            if say.is_note {
                <p class="say-by">{drawn(Glyph::Note, "icon")}{if say.mine { t("note.mine") } else { tn("note.by", &[("who", &who)]) }}</p>
            } else if let Some(agent) = colleague {
                <p class="say-by">{agent.name.clone()}</p>
            } else {
                <span class="unseen">{tn("talk.says", &[("who", &who)])}</span>
            }
            if !is_ours && say.last && !say.is_note { {visitor_face(props.visitor_id, "face-small")} }
            <div class="say-body">
                {for say.file.as_ref().map(sent_file)}{marked(&say.text)}
                if say.is_edited { <small class="say-edited">{t("say.edited")}</small> }
            </div>
            if !say.choices.is_empty() {
                <ul class="say-choices" aria-label={t("choices.title")}>{for say.choices.iter().map(|choice| html! { <li><bdi>{choice.clone()}</bdi></li> })}</ul>
            }
            if let Some(cmid) = say.change {
                <button class="say-change" type="button" aria-haspopup="dialog" aria-label={t("say.change")} title={t("say.change")}
                    onclick={props.onchange.reform(move |_: MouseEvent| cmid)}>{icon(Glyph::More)}</button>
            }
            if say.last { {foot(say, props)} }
        </article>
    }
}

fn foot(say: &Say, props: &SaidProps) -> Html {
    if let Some((cmid, why)) = &say.refused {
        let cmid = *cmid;
        return html! {
            <div class="say-foot" role="alert">
                {icon(Glyph::Warn)}<span>{tn("progress.refused", &[("why", why)])}</span>
                <button class="link" type="button" onclick={props.onretry.reform(move |_: MouseEvent| cmid)}>{t("progress.retry")}</button>
                <button class="link" type="button" onclick={props.ondiscard.reform(move |_: MouseEvent| cmid)}>{t("progress.take_back")}</button>
            </div>
        };
    }
    // A note is there for colleagues as soon as the server has it; nobody else receives or reads it.
    let shown =
        say.progress.filter(|progress| !say.is_note || *progress != Progress::Sent || say.at.is_none());
    let progress = shown.map(|progress| match progress {
        Progress::Waiting => (Glyph::Clock, "icon", "progress.waiting"),
        Progress::Sending => (Glyph::Clock, "icon", "progress.sending"),
        Progress::Refused => (Glyph::Warn, "icon", "progress.not_sent"),
        Progress::Sent => (Glyph::Check, "icon", "progress.sent"),
        Progress::Received => (Glyph::Checks, "icon", "progress.received"),
        Progress::Read => (Glyph::Checks, "icon say-read", "progress.read"),
    });
    html! {
        <p class="say-foot">
            if let Some((glyph, class, word)) = progress {
                {drawn(glyph, class)}<span class={(say.progress == Some(Progress::Read)).then_some("say-read")}>{t(word)}</span>
            }
            if let Some(at) = say.at {
                <span title={moment(at, props.local)}>{time(at)}</span>
            }
        </p>
    }
}

/// What came with a message: a picture as it is, anything else to be kept. The server asks who wants it.
fn sent_file(file: &FileView) -> Html {
    let address = ["/file/", &file.id.to_hex()].concat();
    if let (Some(width), Some(height)) = (file.width, file.height) {
        return html! {
            <a class="say-photo" href={address.clone()} target="_blank" rel="noopener">
                <img src={address} alt={file.name.clone()} width={width.to_string()} height={height.to_string()} />
            </a>
        };
    }
    let kilobytes = file.size.div_ceil(1024).to_string();
    html! {
        <a class="say-file" href={address} download={file.name.clone()}>
            {icon(Glyph::Copy)}<bdi>{file.name.clone()}</bdi><small>{[kilobytes.as_str(), " KB"].concat()}</small>
        </a>
    }
}
