//! The pages that nobody needs for answering: search, the live board, settings, set-up, invitations; dialogs that are rarely
//! wanted; and what stands above every page while one is asked to take something. Their code is a module of its own, which the
//! build cuts out of the desk at the one function below (`xtask/src/pieces.rs`) and which is fetched when the first of
//! them is opened. Once it is there, they are pages like the others: same contexts, same memory.

use std::cell::Cell;

use deskbell_shared::model::Role;
use deskbell_shared::protocol::api::MeView;
use wasm_bindgen_futures::spawn_local;
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use yew::prelude::*;

use super::begin::Begin;
use super::board::BoardPage;
use super::board_promises::BoardPromises;
use super::code::{CodeForm, CodeFormProps};
use super::commands::{Commands, CommandsProps};
use super::file::{FileDialog, FileDialogProps};
use super::invite::Invite;
use super::narrow::{NarrowBar, NarrowBarProps};
use super::offers::Offers;
use super::search::Search;
use super::settings::Settings;
use super::setup::{Setup, SetupTag};
use super::why::{Why, WhyProps};
use crate::components::block_dialog::{BlockDialog, BlockDialogProps};
use crate::components::change_dialog::{ChangeDialog, ChangeDialogProps};
use crate::components::erase_dialog::{EraseDialog, EraseDialogProps};
use crate::components::keys_dialog::KeysDialog;
use crate::components::snooze_dialog::{SnoozeDialog, SnoozeDialogProps};
use crate::components::stage::{card_head, opening, stage};
use crate::components::take_over_dialog::{TakeOverDialog, TakeOverDialogProps};
use crate::components::transfer_dialog::{TransferDialog, TransferDialogProps};
use crate::hooks::dialog::use_modal;
use crate::hooks::page::{TITLE_ID, use_page};
use crate::route::{Board, Hit, Part};
use crate::services::{address, events, http, locale};
use crate::state::keys::{KEYS, WRITING_KEYS, needs};
use crate::text::t;
use crate::trouble::Trouble;

/// A page that comes later, or a dialog.
#[derive(Clone, PartialEq)]
pub enum Page {
    /// The settings.
    Settings {
        /// Which part.
        part: Part,
        /// What I am.
        role: Role,
    },
    /// How the inboxes stand.
    Board(Board),
    /// Search, and what was found open beside it.
    Search(Option<Hit>),
    /// The set-up of an empty server.
    Setup,
    /// What an owner does first.
    Begin,
    /// Its last step, for somebody who is signed in.
    SetupTag,
    /// The page of a one-time link.
    Invite {
        /// A new password for somebody who has an account.
        is_reset: bool,
    },
    /// The second step of signing in.
    Code(CodeFormProps),
    /// Editing a message or taking it back.
    Change(ChangeDialogProps),
    /// Putting a conversation aside.
    Snooze(SnoozeDialogProps),
    /// Why a conversation is with whom it is.
    Why(WhyProps),
    /// What a list is narrowed to.
    Narrow(NarrowBarProps),
    /// What I am asked to take.
    Offers,
    /// Filing a conversation.
    File(FileDialogProps),
    /// The list of keys of a role, with what is called when it should go.
    Keys(Role, Callback<()>),
    /// The command bar.
    Commands(CommandsProps),
    /// Blocking a visitor.
    Block(BlockDialogProps),
    /// Deleting all about a visitor.
    Erase(EraseDialogProps),
    /// Passing conversations on.
    Transfer(TransferDialogProps),
    /// Taking over what a colleague is answering.
    TakeOver(TakeOverDialogProps),
}

impl Page {
    /// Of a dialog, what is called when it should go.
    fn onclose(&self) -> Option<&Callback<()>> {
        match self {
            Page::Keys(_, onclose) => Some(onclose),
            Page::Commands(props) => Some(&props.onclose),
            Page::Change(props) => Some(&props.onclose),
            Page::Snooze(props) => Some(&props.onclose),
            Page::File(props) => Some(&props.onclose),
            Page::Block(props) => Some(&props.onclose),
            Page::Erase(props) => Some(&props.onclose),
            Page::Transfer(props) => Some(&props.onclose),
            Page::TakeOver(props) => Some(&props.onclose),
            _ => None,
        }
    }
}

/// Draws such a page.
type Draw = fn(Page) -> Html;

/// What keeps the module from being used.
#[derive(Clone, Copy, PartialEq)]
enum Missing {
    /// The server is out of reach.
    Unreachable,
    /// The server is there and the module is not: it has another desk by now.
    Replaced,
}

impl From<SplitLoaderError> for Missing {
    fn from(_: SplitLoaderError) -> Missing {
        Missing::Unreachable
    }
}

/// Where the desk is cut. What only `draw` leads to is not part of what is loaded at the start, so nothing outside of it
/// may name these pages.
#[wasm_split(settings, fallible)]
fn module() -> Result<Draw, Missing> {
    Ok(draw)
}

fn draw(page: Page) -> Html {
    match page {
        Page::Settings { part, role } => html! { <Settings {part} {role} /> },
        Page::Board(Board::Promises) => html! { <BoardPromises /> },
        Page::Board(board) => html! { <BoardPage {board} /> },
        Page::Search(open) => html! { <Search {open} /> },
        Page::Setup => html! { <Setup /> },
        Page::SetupTag => html! { <SetupTag /> },
        Page::Begin => html! { <Begin /> },
        Page::Invite { is_reset } => {
            html! { <Invite key={if is_reset { "reset" } else { "invite" }} {is_reset} /> }
        }
        Page::Keys(role, onclose) => {
            let keys: Vec<_> = KEYS.iter().copied().filter(|(caps, _)| role.may(needs(caps))).collect();
            html! { <KeysDialog {keys} writing={WRITING_KEYS} {onclose} /> }
        }
        Page::Commands(props) => html! { <Commands ..props /> },
        Page::Code(props) => stage(false, html! { <CodeForm ..props /> }),
        Page::Change(props) => html! { <ChangeDialog ..props /> },
        Page::Snooze(props) => html! { <SnoozeDialog ..props /> },
        Page::Why(props) => html! { <Why ..props /> },
        Page::Narrow(props) => html! { <NarrowBar ..props /> },
        Page::Offers => html! { <Offers /> },
        Page::File(props) => html! { <FileDialog ..props /> },
        Page::Block(props) => html! { <BlockDialog ..props /> },
        Page::Erase(props) => html! { <EraseDialog ..props /> },
        Page::Transfer(props) => html! { <TransferDialog ..props /> },
        Page::TakeOver(props) => html! { <TakeOverDialog ..props /> },
    }
}

thread_local! {
    static LOADED: Cell<Option<Draw>> = const { Cell::new(None) };
}

/// Fetches the module and its words, or says why they cannot be had.
async fn load() -> Result<Draw, Missing> {
    let words = locale::load_later();
    match module().await {
        Ok(draw) if words.await => {
            LOADED.set(Some(draw));
            Ok(draw)
        }
        // The loader does not say what went wrong; whether the server answers decides what helps.
        _ => match http::get::<MeView>("/api/me").await {
            Err(Trouble::Unreachable) => Err(Missing::Unreachable),
            _ => Err(Missing::Replaced),
        },
    }
}

/// Fetches it before anybody asks, so that the first dialog opens at once. What cannot be had is asked for again when it is wanted.
pub fn prefetch() {
    if LOADED.get().is_none() {
        spawn_local(async {
            let _ = load().await;
        });
    }
}

#[derive(Clone, Copy)]
enum Known {
    Asking,
    Here(Draw),
    Missing(Missing),
}

/// Which page.
#[derive(Clone, PartialEq, Properties)]
pub struct LaterProps {
    /// The page.
    pub page: Page,
}

/// A page that comes later; until it is there, its outline.
#[function_component(Later)]
pub fn later(props: &LaterProps) -> Html {
    let known = use_state(|| LOADED.get().map_or(Known::Asking, Known::Here));
    let ask = use_callback(known.setter(), |(), known| {
        let known = known.clone();
        known.set(Known::Asking);
        spawn_local(async move { known.set(load().await.map_or_else(Known::Missing, Known::Here)) });
    });
    {
        let (ask, is_here) = (ask.clone(), matches!(*known, Known::Here(_)));
        use_effect_with((), move |()| {
            if !is_here {
                ask.emit(());
            }
        });
    }
    // Parts of what is there already, where nothing stands until they are there.
    let is_part = matches!(props.page, Page::Narrow(_) | Page::Why(_) | Page::Offers);
    let in_shell = is_part || matches!(props.page, Page::Settings { .. } | Page::Board(_) | Page::Search(_));
    match *known {
        Known::Here(draw) => draw(props.page.clone()),
        // Beside what is there; nobody has asked for it.
        _ if props.page == Page::Begin => Html::default(),
        // Drawn over what is there already.
        Known::Asking if props.page.onclose().is_some() || is_part => Html::default(),
        Known::Asking if matches!(props.page, Page::Board(_) | Page::Search(_)) => html! {
            <div class="empty"><p role="status">{t("loading")}</p></div>
        },
        Known::Asking if in_shell => outline(),
        Known::Asking => opening(),
        Known::Missing(missing) => match props.page.onclose().cloned() {
            Some(onclose) => html! { <NoDialog {missing} {onclose} onretry={ask} /> },
            None => html! { <NotHere {missing} {in_shell} onretry={ask} /> },
        },
    }
}

#[derive(Clone, PartialEq, Properties)]
struct NoDialogProps {
    missing: Missing,
    onclose: Callback<()>,
    onretry: Callback<()>,
}

/// In the place of a dialog, why it is not there.
#[function_component(NoDialog)]
fn no_dialog(props: &NoDialogProps) -> Html {
    let (node, _) = use_modal();
    html! {
        <dialog class="dialog dialog-small" ref={node} aria-labelledby={TITLE_ID} onclose={props.onclose.reform(|_: Event| ())}>
            <NotHere missing={props.missing} in_shell=true onretry={props.onretry.clone()} />
        </dialog>
    }
}

/// What the settings look like before one can read them.
fn outline() -> Html {
    let bars = |count: usize| html! { <>{for (0..count).map(|_| html! { <i></i> })}</> };
    html! {
        <div class="panes panes-settings outline">
            <p class="unseen" role="status">{t("loading")}</p>
            <div class="pane" aria-hidden="true">
                <div class="pane-head"><p class="strong">{t("settings.title")}</p></div>
                <div class="subnav">{bars(6)}</div>
            </div>
            <div class="pane" aria-hidden="true"><div class="sheet"><div class="sheet-in">{bars(5)}</div></div></div>
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct NotHereProps {
    missing: Missing,
    in_shell: bool,
    onretry: Callback<()>,
}

/// Says what is in the way, and what helps.
#[function_component(NotHere)]
fn not_here(props: &NotHereProps) -> Html {
    let (title, line, button) = match props.missing {
        Missing::Unreachable => ("later.unreachable", "later.unreachable.line", "try_again"),
        Missing::Replaced => ("later.replaced", "later.replaced.line", "connection.reload"),
    };
    let title = t(title);
    use_page(title.clone());
    {
        // The network came back: no need to press anything.
        let onretry = props.onretry.clone();
        use_effect_with((), move |()| {
            let listening = events::on_window("online", move |_| onretry.emit(()));
            move || drop(listening)
        });
    }
    let onclick = {
        let (missing, onretry) = (props.missing, props.onretry.clone());
        move |_: MouseEvent| match missing {
            Missing::Unreachable => onretry.emit(()),
            Missing::Replaced => address::reload(),
        }
    };
    let button = html! { <button class="button button-primary" type="button" {onclick}>{t(button)}</button> };
    if props.in_shell {
        html! {
            <div class="sheet">
                <div class="sheet-in">
                    <header class="sheet-head"><h1 id={TITLE_ID} tabindex="-1">{title}</h1></header>
                    <p>{t(line)}</p>
                    <div class="form-row">{button}</div>
                </div>
            </div>
        }
    } else {
        stage(false, html! { <div class="card">{card_head(title, t(line))}{button}</div> })
    }
}
