//! Registration by operators, and reading and changing of their taxis.

use positions::Fix;
use registry::driver::DriverDetails;
use registry::licence::{LicenceDetails, number_beside};
use registry::{
    AccountId, Description, Driver, Licence, LicencePlate, OwnerType, TaxiDetails, TaxiId, Vehicle,
    VehicleId,
};
use storage::enrolment::{
    Describe, LicenceUnfit, PutTaxi, TaxiNames, TaxiParts, Upserted, VehicleFound,
};
use storage::lists::TaxiFilter;
use territory::{Departement, InseeCode, Town};

use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::page::{Page, Paged};
use crate::app::sync::dirty::Dirty;

/// A driver as sent by an operator: the département may be given by name, number or both.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDriver {
    /// Details without the département.
    pub details: DriverDetails,
    /// Name of the département, if given.
    pub departement_name: Option<String>,
    /// Number of the département, if given.
    pub departement_number: Option<String>,
}

/// Reason for which a driver is refused.
#[derive(Debug, thiserror::Error)]
pub enum DriverRefused {
    /// No département has this name or number.
    #[error("no département matches")]
    NoDepartement,
    /// Name and number match several départements.
    #[error("several départements match")]
    ManyDepartements,
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

/// A licence as sent by an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLicence {
    /// Number assigned by the town.
    pub number: String,
    /// Code of the town, not yet checked.
    pub town: String,
    /// Vehicle with which it is used, not yet checked.
    pub vehicle: Option<VehicleId>,
    /// Name of the holder.
    pub owner_name: String,
    /// Kind of holder.
    pub owner_type: Option<OwnerType>,
    /// True if two drivers may share it in a day.
    pub double_shift: Option<bool>,
    /// Obsolete.
    pub category: String,
}

/// Reason for which a licence is refused.
#[derive(Debug, thiserror::Error)]
pub enum LicenceRefused {
    /// The account describes no such vehicle.
    #[error("the account has no vehicle {0}")]
    UnknownVehicle(VehicleId),
    /// No town has this code.
    #[error("no town has the code {0:?}")]
    UnknownTown(String),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

/// A new taxi, as named by an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTaxi {
    /// Number of its licence.
    pub licence_number: String,
    /// Code of the town that issued it.
    pub licence_town: String,
    /// Plate of its vehicle.
    pub plate: LicencePlate,
    /// Professional licence of its driver.
    pub professional_licence: String,
    /// Number of the département that issued it.
    pub departement: String,
}

/// Reason for which a taxi is refused.
#[derive(Debug, thiserror::Error)]
pub enum TaxiRefused {
    /// Some of its parts are missing: all of them are listed.
    #[error("some parts of the taxi are missing")]
    Missing(Missing),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

/// Missing parts of a taxi.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The account has no such licence.
    pub licence: bool,
    /// State of the plate, if it is not a vehicle of the account.
    pub vehicle: Option<VehicleFound>,
    /// No such département.
    pub departement: bool,
    /// The account has no such driver.
    pub driver: bool,
}

/// A taxi with its last position, as known to one account.
#[derive(Clone, Debug, PartialEq)]
pub struct TaxiView {
    /// The taxi.
    pub details: TaxiDetails,
    /// E-mail address of the viewing account.
    pub operator_email: String,
    /// Last position reported by that account, within the last day.
    pub fix: Option<Fix>,
}

impl App {
    /// Creates or replaces a driver of the caller.
    ///
    /// # Errors
    ///
    /// If not exactly one département matches.
    pub async fn put_driver(
        &self,
        who: &Caller,
        new: NewDriver,
    ) -> Result<(Upserted<Driver>, Departement), DriverRefused> {
        let matching =
            territory::matching(new.departement_name.as_deref(), new.departement_number.as_deref());
        let departement = match matching[..] {
            [] => return Err(DriverRefused::NoDepartement),
            [departement] => departement,
            _ => return Err(DriverRefused::ManyDepartements),
        };
        let details = DriverDetails { departement: departement.number.to_owned(), ..new.details };
        let activity = [self.activity_of_call(who)];
        self.details_cache.begin_change(who.account.id, self.now());
        let driver = self.store.put_driver(who.account.id, &details, &activity, self.now()).await?;
        Ok((driver, departement))
    }

    /// Creates or changes the caller's description of a vehicle. `describe` receives the present features, if
    /// any, and returns the new ones.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn put_vehicle(
        &self,
        who: &Caller,
        plate: &LicencePlate,
        describe: &Describe<'_>,
    ) -> storage::Result<Upserted<(Vehicle, Description)>> {
        let account = who.account.id;
        let lock = self.car_locks.lock(&plate.car()).await;
        let activity = [self.activity_of_call(who)];
        let unconfirmed = self.unconfirmed(Dirty::Plate(plate.clone(), account));
        self.details_cache.begin_change(account, self.now());
        let vehicle =
            self.store.put_vehicle(account, plate, describe, &activity, self.now()).await?;
        self.remember_description(&lock, &vehicle.value.0, &vehicle.value.1);
        unconfirmed.confirm();
        Ok(vehicle)
    }

    /// Creates or replaces a licence of the caller.
    ///
    /// # Errors
    ///
    /// If the caller does not describe its vehicle or its town does not exist.
    pub async fn put_licence(
        &self,
        who: &Caller,
        new: NewLicence,
    ) -> Result<Upserted<Licence>, LicenceRefused> {
        let account = who.account.id;
        let activity = [self.activity_of_call(who)];
        let mut looked_again = false;
        loop {
            let Some((number, town)) = self.licence_meant(account, &new.number, &new.town).await?
            else {
                return Err(match new.vehicle {
                    // Of two faults the contract reports this one.
                    Some(vehicle) if !self.store.describes(account, vehicle).await? => {
                        LicenceRefused::UnknownVehicle(vehicle)
                    }
                    _ => LicenceRefused::UnknownTown(new.town),
                });
            };
            let details = LicenceDetails {
                number,
                town,
                vehicle: new.vehicle,
                owner_name: new.owner_name.clone(),
                owner_type: new.owner_type,
                double_shift: new.double_shift,
                category: new.category.clone(),
            };
            self.details_cache.begin_change(account, self.now());
            match self.store.put_licence(account, &details, &activity, self.now()).await? {
                Ok(licence) => return Ok(licence),
                Err(LicenceUnfit::Vehicle(vehicle)) => {
                    return Err(LicenceRefused::UnknownVehicle(vehicle));
                }
                Err(LicenceUnfit::Town) if looked_again => {
                    return Err(LicenceRefused::UnknownTown(new.town));
                }
                // An import may have merged the town since memory was updated.
                Err(LicenceUnfit::Town) => {
                    looked_again = true;
                    self.notice_changes().await?;
                }
            }
        }
    }

    /// Creates a taxi of the caller, or returns the existing one with the same parts.
    ///
    /// # Errors
    ///
    /// Lists all missing parts.
    pub async fn put_taxi(
        &self,
        who: &Caller,
        new: &NewTaxi,
    ) -> Result<Upserted<TaxiView>, TaxiRefused> {
        let account = who.account.id;
        let meant = self.licence_meant(account, &new.licence_number, &new.licence_town).await?;
        let licence = match &meant {
            Some((number, town)) => (number.as_str(), town.as_str()),
            None => (new.licence_number.as_str(), new.licence_town.as_str()),
        };
        let names = TaxiNames {
            licence,
            plate: &new.plate,
            driver: (&new.professional_licence, &new.departement),
        };
        let activity = [self.activity_of_call(who)];
        let taxi = loop {
            let fresh = TaxiId::fresh(&mut rand::rng());
            let unconfirmed = self.unconfirmed(Dirty::Taxi(fresh));
            let put = self.store.put_taxi(account, names, fresh, &activity, self.now()).await?;
            unconfirmed.confirm();
            match put {
                PutTaxi::Bound(taxi) => {
                    self.remember_taxi(&taxi.value);
                    break taxi;
                }
                PutTaxi::Missing(found) => {
                    return Err(TaxiRefused::Missing(missing(&found, &new.departement)));
                }
                // Another id is drawn.
                PutTaxi::IdTaken => {}
            }
        };
        let details = self.store.taxi_details(account, taxi.value.id).await?;
        let details = details.expect("the account describes the vehicle it just bound");
        let view = TaxiView { details, operator_email: who.account.email.clone(), fix: None };
        Ok(Upserted { value: view, created: taxi.created })
    }

    /// A taxi as known to the caller; `None` if the caller does not describe its vehicle.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn taxi(&self, who: &Caller, taxi: &str) -> storage::Result<Option<TaxiView>> {
        let Ok(id) = taxi.parse() else { return Ok(None) };
        let details = self.store.taxi_details(who.account.id, id).await?;
        Ok(details.map(|details| self.view(who, details)))
    }

    /// The taxis created by the caller, newest first.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn taxis(
        &self,
        who: &Caller,
        filter: &TaxiFilter,
        page: Page,
    ) -> storage::Result<Paged<TaxiView>> {
        let listed = self.store.list_taxis(who.account.id, filter, page.window()).await?;
        Ok(page.listed(listed, |details| self.view(who, details)))
    }

    /// Number and town of a licence, given the code of an existing town or of one merged into it; `None` if
    /// no town has the code.
    async fn licence_meant(
        &self,
        account: AccountId,
        number: &str,
        code: &str,
    ) -> storage::Result<Option<(String, InseeCode)>> {
        let Ok(code) = code.parse() else { return Ok(None) };
        let Some(town) = self.places.load().territory.in_force(code) else { return Ok(None) };
        if town != code {
            let beside = number_beside(number, code);
            if self.store.has_licence(account, &beside, town).await? {
                return Ok(Some((beside, town)));
            }
        }
        Ok(Some((number.to_owned(), town)))
    }

    /// The town of an arrondissement, if the code names one.
    pub fn town_of_arrondissement(&self, code: &str) -> Option<Town> {
        let town = code.parse::<InseeCode>().ok()?.town_of_arrondissement()?;
        self.places.load().territory.town(town).cloned()
    }

    pub(super) fn view(&self, who: &Caller, details: TaxiDetails) -> TaxiView {
        let fix = self.fix(details.taxi.id, who.account.id);
        TaxiView { details, operator_email: who.account.email.clone(), fix }
    }
}

fn missing(found: &TaxiParts, departement: &str) -> Missing {
    Missing {
        licence: found.licence.is_none(),
        vehicle: Some(found.vehicle).filter(|v| !matches!(v, VehicleFound::Described(_))),
        departement: !territory::DEPARTEMENTS.iter().any(|known| known.number == departement),
        driver: found.driver.is_none(),
    }
}
