//! Changes of customers by their app.

use registry::{Customer, CustomerId};
use storage::customers::CustomerChange;

use crate::app::App;
use crate::app::account::caller::Caller;

impl App {
    /// Changes a customer of the caller; `None` if the caller has no such customer.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn change_customer(
        &self,
        who: &Caller,
        id: String,
        change: CustomerChange,
    ) -> storage::Result<Option<Customer>> {
        let activity = [self.activity_of_call(who)];
        let (client, id) = (who.account.id, CustomerId(id));
        self.store.change_customer(client, &id, change, &activity, self.now()).await
    }
}
