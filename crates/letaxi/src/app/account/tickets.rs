//! Tickets: somebody has given the password of an account.

use data_encoding::BASE64URL_NOPAD;
use registry::AccountId;
use storage::tickets;

use super::secrets::fresh_secret;
use super::ticket_table::{MOST_ATTEMPTS, MOST_OF_ACCOUNT, Purpose, Ticket, VALID_FOR};
use crate::app::App;

impl App {
    /// Makes a ticket.
    pub(super) async fn ticket(
        &self,
        account: AccountId,
        purpose: Purpose,
    ) -> storage::Result<String> {
        let (text, now) = (BASE64URL_NOPAD.encode(&fresh_secret()), self.now());
        let ticket = tickets::Ticket {
            digest: self.secrets.digest(&text),
            account,
            sealed: self.secrets.seal_ticket(account, &purpose.bytes()),
            password_hash: self.store.password_hash(account).await?,
            until: now + VALID_FOR,
        };
        self.store.add_ticket(&ticket, MOST_OF_ACCOUNT, now).await?;
        Ok(text)
    }

    /// The ticket of this text, if it is valid and `fits`; counts an attempt.
    pub(super) async fn attempt(
        &self,
        text: &str,
        fits: impl FnOnce(&Ticket) -> bool,
    ) -> storage::Result<Option<Ticket>> {
        let (digest, now) = (self.secrets.digest(text), self.now());
        let Some(known) = self.store.ticket(&digest, now).await? else { return Ok(None) };
        let purpose = self.secrets.unseal_ticket(known.account, &known.sealed);
        let purpose = purpose.and_then(|bytes| Purpose::read(&bytes));
        let ticket = purpose.map(|purpose| Ticket { known, purpose });
        let Some(ticket) = ticket.filter(fits) else { return Ok(None) };
        let is_counted = self.store.attempt(&digest, MOST_ATTEMPTS, now).await?;
        Ok(is_counted.then_some(ticket))
    }
}
