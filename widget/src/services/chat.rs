//! interim

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use deskbell_shared::model::id::{Cmid, Seq};
use deskbell_shared::model::message::Side;
use deskbell_shared::model::site::Service;
use deskbell_shared::model::time::UnixMillis;
use deskbell_shared::model::visitor::PageView;
use deskbell_shared::protocol::api::FrameSite;
use deskbell_shared::session::{Effect, Input, NotTaken, Session};

use crate::state::chat::Chat;

/// The chat.
pub struct ChatService {
    session: RefCell<Session>,
    anew: Cell<bool>,
    before: Service,
    onchange: Box<dyn Fn(Rc<Chat>)>,
}

fn now() -> UnixMillis {
    UnixMillis(js_sys::Date::now() as i64)
}

impl ChatService {
    pub fn open(site: &FrameSite, onchange: impl Fn(Rc<Chat>) + 'static) -> ChatService {
        let s = ChatService {
            session: RefCell::new(Session::new(Side::Visitor, 7)),
            anew: Cell::new(false),
            before: site.service.clone(),
            onchange: Box::new(onchange),
        };
        let _ = s.say(Input::Restored { outbox: vec![], cached: vec![], kept: false });
        let _ = s.say(Input::Start);
        s
    }
    fn say(&self, input: Input) -> Result<(), NotTaken> {
        let r = self.session.borrow_mut().handle(now(), input);
        let mut changed = false;
        while let Some(e) = { let e = self.session.borrow_mut().effect(); e } {
            changed |= matches!(e, Effect::Changed(_));
            if let Effect::SaveOutbox(row) = e {
                let _ = self.session.borrow_mut().handle(now(), Input::Saved { cmid: row.cmid, kept: false });
            }
        }
        if changed {
            (self.onchange)(Rc::new(Chat::of(&self.session.borrow(), now(), self.anew.get(), &self.before)));
        }
        r
    }
    pub fn read(&self) -> Option<Seq> {
        let s = self.session.borrow();
        let c = s.conversation(s.current()?)?;
        Some(c.read(Side::Visitor))
    }
    pub fn surroundings(&self, page: Option<PageView>) {
        let _ = self.say(Input::Surroundings { page, language: None });
    }
    pub fn write(&self, text: String) -> Result<(), NotTaken> {
        let conversation = if self.anew.get() { None } else { self.session.borrow().current() };
        self.say(Input::Write { conversation, text, random: [js_sys::Math::random().to_bits() as u8; 20] })?;
        self.anew.set(false);
        Ok(())
    }
    pub fn typing(&self, words: &str) {}
    pub fn seen(&self, read: Seq) {}
    pub fn load_older(&self) {}
    pub fn end(&self) {}
    pub fn begin_anew(&self) {}
    pub fn discard(&self, cmid: Cmid) {}
}
