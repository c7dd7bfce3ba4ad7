//! Creation, list and end of test taxis.

use chrono::TimeDelta;
use dispatch::sandbox::Behaviour;
use registry::driver::DriverDetails;
use registry::vehicle::Features;
use registry::{LicencePlate, OwnerType, TaxiId, VehicleStatus};
use storage::enrolment::Wish;
use storage::sandbox::SandboxTaxi;
use territory::{DEPARTEMENTS, Departement, InseeCode, Point};

use super::calls_as;
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::fleet::enrol::{
    DriverRefused, LicenceRefused, NewDriver, NewLicence, NewTaxi, TaxiRefused,
};
use crate::app::fleet::report::Report;

/// Maximum number of test taxis that an account made.
pub const MOST_OF_AN_ACCOUNT: usize = 5;
/// Maximum number of test taxis.
pub const MOST_TAXIS: i64 = 100;
/// Time for which a test taxi is kept connected.
pub const LASTS: TimeDelta = TimeDelta::hours(1);

/// Reason for which a test taxi is not made or ended.
#[derive(Debug, thiserror::Error)]
pub enum SandboxRefused {
    /// The registry has no sandbox.
    #[error("the registry has no sandbox")]
    Off,
    /// No town has this point.
    #[error("no town of the territory has this point")]
    NoTown,
    /// The account has as many as it may.
    #[error("the account has as many test taxis as it may")]
    TooMany,
    /// All accounts together have as many as they may.
    #[error("there are as many test taxis as there may be")]
    Full,
    /// The account of all test taxis is disabled, or no operator.
    #[error("the account of the sandbox is disabled, or no operator")]
    NoAccount,
    /// The account has no such test taxi.
    #[error("the account has no such test taxi")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// Makes a test taxi with this behaviour, which stands at a point for [`LASTS`].
    ///
    /// # Errors
    ///
    /// See [`SandboxRefused`].
    pub async fn add_sandbox_taxi(
        &self,
        who: &Caller,
        behaviour: Behaviour,
        point: Point,
    ) -> Result<SandboxTaxi, SandboxRefused> {
        if !self.settings.sandbox {
            return Err(SandboxRefused::Off);
        }
        let town = self.places.load().territory.town_at(point).map(|town| town.code);
        let town = town.ok_or(SandboxRefused::NoTown)?;
        let _alone = self.sandbox.lock().await;
        let present = self.store.sandbox_taxis().await?;
        let own = present.iter().filter(|taxi| taxi.account == who.account.id).count();
        if own >= MOST_OF_AN_ACCOUNT {
            return Err(SandboxRefused::TooMany);
        }
        let is_free = |number: &i64| !present.iter().any(|taxi| taxi.number == *number);
        let number = (1..=MOST_TAXIS).find(is_free).ok_or(SandboxRefused::Full)?;
        let account = self.make_sandbox_account().await?.ok_or(SandboxRefused::NoAccount)?;
        let operator = calls_as(account, "POST", "/taxis".to_owned());
        let taxi = self.enrol_sandbox_taxi(&operator, number, town).await?;
        let added_at = self.now();
        let made = SandboxTaxi {
            number,
            taxi,
            account: who.account.id,
            behaviour,
            point,
            added_at,
            ends_at: added_at + LASTS,
        };
        self.store.add_sandbox_taxi(&made).await?;
        self.record_call(&[self.activity_of_call(who)]).await?;
        self.show_sandbox_taxi(&operator, &made).await?;
        Ok(made)
    }

    /// Test taxis that the caller's account made, by their numbers.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn sandbox_taxis(&self, who: &Caller) -> storage::Result<Vec<SandboxTaxi>> {
        let mut taxis = self.store.sandbox_taxis().await?;
        taxis.retain(|taxi| taxi.account == who.account.id);
        Ok(taxis)
    }

    /// Ends a test taxi that the caller's account made: it is switched off, and no longer answers.
    ///
    /// # Errors
    ///
    /// If the account has no such one.
    pub async fn end_sandbox_taxi(&self, who: &Caller, taxi: &str) -> Result<(), SandboxRefused> {
        let _alone = self.sandbox.lock().await;
        let taxis = self.sandbox_taxis(who).await?;
        let found = taxis.iter().find(|known| known.taxi.as_str() == taxi);
        let found = found.ok_or(SandboxRefused::Unknown)?;
        self.record_call(&[self.activity_of_call(who)]).await?;
        Ok(self.switch_off_sandbox_taxi(found).await?)
    }

    /// Removes a test taxi. A hail that it is in ends by its deadline.
    pub(super) async fn switch_off_sandbox_taxi(&self, taxi: &SandboxTaxi) -> storage::Result<()> {
        if let Some(account) = self.directory.account_of_email(super::SANDBOX_EMAIL) {
            let operator = calls_as(account, "PUT", format!("/taxis/{}", taxi.taxi));
            self.set_sandbox_status(&operator, taxi.taxi, VehicleStatus::Off).await?;
        }
        self.store.remove_sandbox_taxi(taxi.taxi).await
    }

    /// Sets a test taxi free at its place.
    pub(super) async fn show_sandbox_taxi(
        &self,
        operator: &Caller,
        taxi: &SandboxTaxi,
    ) -> storage::Result<()> {
        self.place_sandbox_taxi(operator, taxi);
        self.set_sandbox_status(operator, taxi.taxi, VehicleStatus::Free).await
    }

    /// Reports a test taxi at its place.
    pub(super) fn place_sandbox_taxi(&self, operator: &Caller, taxi: &SandboxTaxi) {
        let report = Report { taxi: Some(taxi.taxi), point: taxi.point };
        if let Err(unknown) = self.report(operator, &[report]) {
            // Somebody deleted the taxi; what is left of it ends in time.
            tracing::debug!(taxi = %taxi.taxi, %unknown, "a test taxi is not known any more");
        }
    }

    async fn set_sandbox_status(
        &self,
        operator: &Caller,
        taxi: TaxiId,
        status: VehicleStatus,
    ) -> storage::Result<()> {
        let wish = Wish { status: Some(status), radius_m: None };
        self.wish(operator, taxi.as_str(), wish).await.map(drop)
    }

    /// Registers driver, vehicle, licence and taxi with this number, or finds them.
    async fn enrol_sandbox_taxi(
        &self,
        operator: &Caller,
        number: i64,
        town: InseeCode,
    ) -> Result<TaxiId, SandboxRefused> {
        let name = format!("TEST-{number:03}");
        let plate: LicencePlate = name.parse().expect("it has eight characters");
        let of_town = |known: &&Departement| town.starts_with(known.number);
        let departement = DEPARTEMENTS.iter().find(of_town).ok_or(SandboxRefused::NoTown)?.number;
        let details = DriverDetails {
            first_name: "Test".to_owned(),
            last_name: format!("{number:03}"),
            birth_date: None,
            professional_licence: name.clone(),
            departement: departement.to_owned(),
        };
        let (departement_name, departement_number) = (None, Some(departement.to_owned()));
        self.put_driver(operator, NewDriver { details, departement_name, departement_number })
            .await?;
        let features = Features {
            constructor: "Test".to_owned(),
            model: "Sandbox".to_owned(),
            seats: Some(4),
            ..Features::default()
        };
        self.put_vehicle(operator, &plate, &|_| features.clone()).await?;
        let licence = NewLicence {
            number: name.clone(),
            town: town.to_string(),
            vehicle: None,
            owner_name: "Sandbox".to_owned(),
            owner_type: Some(OwnerType::Individual),
            double_shift: None,
            category: String::new(),
        };
        self.put_licence(operator, licence).await?;
        let new = NewTaxi {
            licence_number: name.clone(),
            licence_town: town.to_string(),
            plate,
            professional_licence: name,
            departement: departement.to_owned(),
        };
        let taxi = self.put_taxi(operator, &new).await?;
        Ok(taxi.value.details.taxi.id)
    }
}

impl From<DriverRefused> for SandboxRefused {
    fn from(refused: DriverRefused) -> Self {
        match refused {
            DriverRefused::Broken(error) => Self::Broken(error),
            DriverRefused::NoDepartement | DriverRefused::ManyDepartements => Self::NoTown,
        }
    }
}

impl From<LicenceRefused> for SandboxRefused {
    fn from(refused: LicenceRefused) -> Self {
        match refused {
            LicenceRefused::Broken(error) => Self::Broken(error),
            // An import has merged the town meanwhile.
            LicenceRefused::UnknownVehicle(_) | LicenceRefused::UnknownTown(_) => Self::NoTown,
        }
    }
}

impl From<TaxiRefused> for SandboxRefused {
    fn from(refused: TaxiRefused) -> Self {
        match refused {
            TaxiRefused::Broken(error) => Self::Broken(error),
            TaxiRefused::Missing(_) => Self::NoTown,
        }
    }
}
