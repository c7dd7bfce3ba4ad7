//! Letters to people, as plain text over SMTP.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::app::account::post::{Letter, NotSent, Occasion, Post};

/// Time limit of each step of a conversation with the mail server.
const STEP_LIMIT: Duration = Duration::from_secs(10);

/// Reason for which the settings of mail cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailFault {
    /// The address of the server.
    #[error("the setting smtp: {0}")]
    Server(#[from] lettre::transport::smtp::Error),
    /// The sender.
    #[error("the setting mail_from: {0}")]
    Sender(#[from] lettre::address::AddressError),
}

/// A mail server.
pub struct MailServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl MailServer {
    /// The server at an address such as `smtps://USER:PASSWORD@HOST`, for letters from an e-mail address.
    ///
    /// # Errors
    ///
    /// If one of the addresses is not valid.
    pub fn new(url: &str, from: &str) -> Result<Self, MailFault> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
        Ok(Self { transport: transport.timeout(Some(STEP_LIMIT)).build(), from: from.parse()? })
    }

    /// Signs in to the server as for a letter, and sends none.
    ///
    /// # Errors
    ///
    /// If it cannot be reached, or refuses.
    pub async fn reach(&self) -> Result<(), NotSent> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(NotSent("the mail server does not answer as it must".to_owned())),
            Err(error) => Err(NotSent(error.to_string())),
        }
    }
}

#[async_trait]
impl Post for MailServer {
    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        let not_sent = |error: &dyn std::error::Error| NotSent(error.to_string());
        let to =
            letter.to.parse().map_err(|error: lettre::address::AddressError| not_sent(&error))?;
        let (subject, body) = if letter.in_french { french(letter) } else { english(letter) };
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(body)
            .map_err(|error| not_sent(&error))?;
        self.transport.send(message).await.map_err(|error| not_sent(&error))?;
        Ok(())
    }
}

/// Subject and text in English.
fn english(letter: &Letter) -> (&'static str, String) {
    let Letter { to, link, .. } = letter;
    let until = letter.expires_at.format("%-d %B %Y at %H:%M UTC");
    let (subject, reason, otherwise) = match letter.occasion {
        Occasion::Invitation => (
            "Your access to the registry of taxis",
            format!(
                "An account of the registry of taxis was opened for {to}. Choose your password"
            ),
            "If you did not expect this letter, leave it: nothing happens without you.",
        ),
        Occasion::NewPassword => (
            "A new password for the registry of taxis",
            format!("A new password was asked for, for the account {to}. Choose it"),
            "If you asked for nothing, leave this letter: your password stays as it is.",
        ),
    };
    let body = format!(
        "Hello,\n\n{reason} here:\n\n{link}\n\nThe link works once, until {until}.\n\n{otherwise}\n"
    );
    (subject, body)
}

/// Subject and text in French.
fn french(letter: &Letter) -> (&'static str, String) {
    let Letter { to, link, .. } = letter;
    let until = letter.expires_at.format("%d/%m/%Y à %H:%M UTC");
    let (subject, reason, otherwise) = match letter.occasion {
        Occasion::Invitation => (
            "Votre accès au registre des taxis",
            format!(
                "Un compte du registre des taxis a été ouvert pour {to}. Choisissez votre mot de passe"
            ),
            "Si vous n’attendiez pas ce message, ignorez-le\u{a0}: rien ne se passe sans vous.",
        ),
        Occasion::NewPassword => (
            "Nouveau mot de passe pour le registre des taxis",
            format!("Un nouveau mot de passe a été demandé pour le compte {to}. Choisissez-le"),
            "Si vous n’avez rien demandé, ignorez ce message\u{a0}: votre mot de passe reste le même.",
        ),
    };
    let body = format!(
        "Bonjour,\n\n{reason} à cette adresse\u{a0}:\n\n{link}\n\nCe lien sert une seule fois, jusqu’au {until}.\n\n{otherwise}\n"
    );
    (subject, body)
}
