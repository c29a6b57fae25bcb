//! Why a socket was closed, and whether to come back. 4000 to 4499 reconnect, 4500 to 4999 do not.

macro_rules! close_codes {
    ($( $(#[$meta:meta])* $name:ident $code:literal $meaning:literal, )*) => {
        /// The close codes of the protocol.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum CloseCode { $( $(#[$meta])* $name ),* }

        impl CloseCode {
            /// Every code there is.
            pub const ALL: &'static [CloseCode] = &[$( Self::$name ),*];

            /// The number in the close frame.
            pub fn code(self) -> u16 {
                match self { $( Self::$name => $code ),* }
            }

            /// The reason in the close frame.
            pub fn meaning(self) -> &'static str {
                match self { $( Self::$name => $meaning ),* }
            }

            /// The code of a number; `None` for the transport's own (1000 to 1015) and unknown ones.
            pub fn from_code(code: u16) -> Option<Self> {
                match code { $( $code => Some(Self::$name), )* _ => None }
            }
        }
    };
}

close_codes! {
    /// The server drains for a restart.
    GoingAway 4000 "the server restarts",
    /// The hello did not come in time.
    HelloTimeout 4001 "no hello in time",
    /// Nothing was heard from the client for `SILENCE_MAX`.
    Silent 4002 "nothing heard for too long",
    /// The client did not read what it was sent.
    TooSlow 4003 "did not read in time",
    /// Too many connections; wait before the next try.
    Overloaded 4004 "too many connections",
    /// The store cannot be reached; wait before the next try.
    Unavailable 4005 "the store cannot be reached",
    /// The ticket is too old; get another and come back.
    TicketExpired 4006 "the ticket is too old",
    /// A frame that the protocol does not know.
    Malformed 4500 "a frame that the protocol does not know",
    /// A version that this server does not speak: reload.
    Version 4501 "a version that this server does not speak",
    /// A ticket that is unknown or was used before.
    Ticket 4502 "a ticket that is unknown or was used",
    /// The session was ended: signed out, deactivated, password changed.
    SignedOut 4503 "signed out",
    /// Limits were overstepped again and again.
    Abuse 4504 "limits overstepped too often",
    /// A frame above `FRAME_BYTES_MAX`, or in too many pieces.
    TooBig 4505 "a frame that is too big",
}

impl CloseCode {
    /// Whether a client that was closed with this number tries again. The transport's own codes do.
    pub fn reconnects(code: u16) -> bool {
        !(4500..5000).contains(&code)
    }
}
