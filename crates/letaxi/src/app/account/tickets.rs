//! Making tickets: somebody has given the password of an account.

use data_encoding::BASE64URL_NOPAD;
use registry::AccountId;

use super::secrets::fresh_secret;
use super::ticket_table::{Purpose, Ticket};
use crate::app::App;

impl App {
    /// Makes a ticket.
    pub(super) async fn ticket(
        &self,
        account: AccountId,
        purpose: Purpose,
    ) -> storage::Result<String> {
        let (text, now) = (BASE64URL_NOPAD.encode(&fresh_secret()), self.now());
        let password_hash = self.store.password_hash(account).await?;
        let ticket = Ticket::new(account, purpose, password_hash, now);
        self.tickets.add(self.secrets.digest(&text), ticket, now);
        Ok(text)
    }
}
