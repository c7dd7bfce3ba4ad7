//! Rows for exports, a page at a time.

use async_trait::async_trait;
use chrono::NaiveDate;
use registry::{AccountId, Time};
use sqlx::{AssertSqlSafe, Encode, Row as _, SqlSafeStr, Type};
use territory::Point;

use super::Db;
use super::engine::{Engine, Row, key_of, readable_rows};
use super::hail_rows::{read_place, read_point};
use super::records::{self, columns};
use crate::exports::{
    DriverKey, ExportedDay, ExportedDriver, ExportedHail, ExportedLicence, ExportedSearch,
    ExportedTaxi, ExportedVehicle, LicenceKey, Page, Span,
};
use crate::unreadable::readable;
use crate::{Exports, Result, words};

/// A page of these rows: `last` names its last row, unless it holds fewer rows than were asked for.
fn page<T, K>(
    rows: &[Row],
    take: i64,
    table: &'static str,
    read: impl Fn(&Row) -> Result<T>,
    key: impl Fn(&Row) -> Result<K>,
) -> Result<Page<T, K>> {
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows >= take);
    let last = rows.last().filter(|_| full).map(key).transpose()?;
    Ok(Page { rows: readable_rows(rows, table, "id", read)?, last })
}

fn id_of(row: &Row) -> Result<i64> {
    Ok(row.try_get("id")?)
}

fn read_driver_key(row: &Row) -> Result<DriverKey> {
    Ok(DriverKey {
        departement: row.try_get("departement")?,
        professional_licence: row.try_get("professional_licence")?,
    })
}

fn read_licence_key(row: &Row) -> Result<LicenceKey> {
    Ok(LicenceKey {
        town: words::read("a town's code", row.try_get("licence_insee")?)?,
        number: row.try_get("licence_number")?,
    })
}

fn read_driver(row: &Row) -> Result<ExportedDriver> {
    Ok(ExportedDriver {
        account: AccountId(row.try_get("account_id")?),
        driver: read_driver_key(row)?,
        created_at: row.try_get("created_at")?,
    })
}

fn read_vehicle(row: &Row) -> Result<ExportedVehicle> {
    Ok(ExportedVehicle {
        account: AccountId(row.try_get("account_id")?),
        car: row.try_get("car")?,
        features: records::read(row)?,
        created_at: row.try_get("created_at")?,
    })
}

fn read_licence(row: &Row) -> Result<ExportedLicence> {
    Ok(ExportedLicence {
        account: AccountId(row.try_get("account_id")?),
        licence: read_licence_key(row)?,
        owner_type: words::read_optional("a kind of owner", row.try_get("owner_type")?)?,
        double_shift: row.try_get("double_shift")?,
        category: row.try_get("category")?,
        created_at: row.try_get("created_at")?,
    })
}

fn read_taxi(row: &Row) -> Result<ExportedTaxi> {
    Ok(ExportedTaxi {
        id: row.try_get("taxi_id")?,
        account: AccountId(row.try_get("account_id")?),
        licence: read_licence_key(row)?,
        driver: read_driver_key(row)?,
        car: row.try_get("car")?,
        added_at: row.try_get("added_at")?,
        last_seen_at: row.try_get("last_seen_at")?,
    })
}

/// Reads a hail from its rows, one for each step; a hail has at least one row.
fn read_hail(rows: &[Row]) -> Result<ExportedHail> {
    let row = &rows[0];
    let taxi_place = match (row.try_get("initial_lon")?, row.try_get("initial_lat")?) {
        (Some(lon), Some(lat)) => Some(read_point(lon, lat)?),
        _ => None,
    };
    let mut steps = Vec::with_capacity(rows.len());
    for step in rows {
        if let Some(to) = words::read_optional("a hail's status", step.try_get("to_status")?)? {
            steps.push((to, step.try_get("step_at")?));
        }
    }
    Ok(ExportedHail {
        created_at: row.try_get("created_at")?,
        status: words::read("a hail's status", row.try_get("status")?)?,
        client: AccountId(row.try_get("client_id")?),
        operator: AccountId(row.try_get("operator_id")?),
        taxi: row.try_get("taxi_id")?,
        licence: read_licence_key(row)?,
        driver: read_driver_key(row)?,
        car: row.try_get("car")?,
        town: words::read_optional("a town's code", row.try_get("insee")?)?,
        customer: read_point(row.try_get("customer_lon")?, row.try_get("customer_lat")?)?,
        taxi_place,
        blurred: row.try_get("blurred")?,
        opens_session: row.try_get("opens_session")?,
        ground: words::read_optional("a ground of a refusal", row.try_get("refusal_ground")?)?,
        incident_taxi_reason: row.try_get("incident_taxi_reason")?,
        incident_customer_reason: row.try_get("incident_customer_reason")?,
        rating_ride: row.try_get("rating_ride")?,
        steps,
    })
}

fn read_search(row: &Row) -> Result<ExportedSearch> {
    Ok(ExportedSearch {
        at: row.try_get("at")?,
        account: AccountId(row.try_get("account_id")?),
        town: words::read("a town's code", row.try_get("insee")?)?,
        point: read_place(row)?,
        blurred: row.try_get("blurred")?,
        found: row.try_get("found")?,
        seen: row.try_get("seen")?,
        nearest_m: row.try_get("nearest_m")?,
    })
}

fn read_day(row: &Row) -> Result<ExportedDay> {
    Ok(ExportedDay {
        day: row.try_get("day")?,
        scope: row.try_get("id")?,
        outcome: row.try_get("outcome")?,
        hails: row.try_get("hails")?,
        sessions: row.try_get("sessions")?,
    })
}

/// A hail's rows: the page is chosen first, off an index, and then joined. Its first lines are [`HAILS_OF_ALL`] or
/// [`HAILS_OF_ONE`].
const HAILS: &str = "
        order by created_at, id limit $4)
    select h.id, h.created_at, h.status, h.client_id, h.operator_id, h.taxi_id, h.insee, h.customer_lon,
        h.customer_lat, h.initial_lon, h.initial_lat, h.blurred_at is not null as blurred, h.opens_session,
        h.refusal_ground, h.incident_taxi_reason, h.incident_customer_reason, h.rating_ride,
        l.insee as licence_insee, l.number as licence_number, r.departement, r.professional_licence,
        coalesce(v.car, v.licence_plate) as car, t.to_status, t.at as step_at
    from page p
    join hails h on h.id = p.id
    join taxis x on x.id = h.taxi_id
    join licences l on l.id = x.licence_id
    join drivers r on r.id = x.driver_id
    join vehicles v on v.id = h.vehicle_id
    left join hail_transitions t on t.hail_id = h.id
    order by p.created_at, p.id, t.revision";

/// The hails of all operators.
const HAILS_OF_ALL: &str = "
    with page as (
        select id, created_at from hails
        where created_at >= $1 and (created_at, id) > ($1, $2) and created_at < $3";

/// The hails of one operator.
const HAILS_OF_ONE: &str = "
    with page as (
        select id, created_at from hails
        where operator_id = $5 and created_at >= $1 and (created_at, id) > ($1, $2) and created_at < $3";

impl Engine {
    /// Rows of a statement about registered things: the last number before them, the end of the time, and a limit.
    async fn registered(
        &self,
        sql: impl SqlSafeStr,
        after: i64,
        until: Time,
        take: i64,
    ) -> Result<Vec<Row>> {
        let rows = sqlx::query(sql).bind(after).bind(until).bind(take);
        Ok(rows.fetch_all(&self.readers).await?)
    }

    /// Rows of a statement about events: time and key of the last before them, the end of the time, and a limit.
    async fn events<K>(
        &self,
        sql: impl SqlSafeStr,
        (at, key): (Time, K),
        until: Time,
        take: i64,
    ) -> Result<Vec<Row>>
    where
        K: for<'q> Encode<'q, Db> + Type<Db> + Send,
    {
        let rows = sqlx::query(sql).bind(at).bind(key).bind(until).bind(take);
        Ok(rows.fetch_all(&self.readers).await?)
    }
}

#[async_trait]
impl Exports for Engine {
    // One statement.
    async fn oldest_event(&self) -> Result<Option<Time>> {
        let row = sqlx::query(
            "select (select min(created_at) from hails) as hail, (select min(at) from searches) as search",
        )
        .fetch_one(&self.readers)
        .await?;
        let (hail, search): (Option<Time>, Option<Time>) =
            (row.try_get("hail")?, row.try_get("search")?);
        Ok(hail.into_iter().chain(search).min())
    }

    // One statement.
    async fn export_drivers(
        &self,
        until: Time,
        after: i64,
        take: i64,
    ) -> Result<Page<ExportedDriver, i64>> {
        let sql =
            "select id, account_id, departement, professional_licence, created_at from drivers
            where id > $1 and created_at < $2 order by id limit $3";
        let rows = self.registered(sql, after, until, take).await?;
        page(&rows, take, "drivers", read_driver, id_of)
    }

    // One statement.
    async fn export_vehicles(
        &self,
        until: Time,
        after: i64,
        take: i64,
    ) -> Result<Page<ExportedVehicle, i64>> {
        let sql = AssertSqlSafe(format!(
            "select d.id, d.account_id, d.created_at, coalesce(v.car, v.licence_plate) as car, {}
            from descriptions d join vehicles v on v.id = d.vehicle_id
            where d.id > $1 and d.created_at < $2 order by d.id limit $3",
            columns::<registry::vehicle::Features>("d.")
        ));
        let rows = self.registered(sql, after, until, take).await?;
        page(&rows, take, "descriptions", read_vehicle, id_of)
    }

    // One statement.
    async fn export_licences(
        &self,
        until: Time,
        after: i64,
        take: i64,
    ) -> Result<Page<ExportedLicence, i64>> {
        let sql =
            "select id, account_id, insee as licence_insee, number as licence_number, owner_type,
                double_shift, category, created_at
            from licences where id > $1 and created_at < $2 order by id limit $3";
        let rows = self.registered(sql, after, until, take).await?;
        page(&rows, take, "licences", read_licence, id_of)
    }

    // One statement.
    async fn export_taxis(
        &self,
        until: Time,
        after: i64,
        take: i64,
    ) -> Result<Page<ExportedTaxi, i64>> {
        let sql =
            "select t.number as id, t.id as taxi_id, t.account_id, t.added_at, t.last_seen_at,
                l.insee as licence_insee, l.number as licence_number, r.departement,
                r.professional_licence, coalesce(v.car, v.licence_plate) as car
            from taxis t
            join licences l on l.id = t.licence_id
            join drivers r on r.id = t.driver_id
            join vehicles v on v.id = t.vehicle_id
            where t.number > $1 and t.added_at < $2 order by t.number limit $3";
        let rows = self.registered(sql, after, until, take).await?;
        page(&rows, take, "taxis", read_taxi, id_of)
    }

    // One statement.
    async fn export_hails(
        &self,
        operator: Option<AccountId>,
        span: Span,
        after: Option<&(Time, String)>,
        take: i64,
    ) -> Result<Page<ExportedHail, (Time, String)>> {
        let (at, id) = after.map_or((span.since, ""), |(at, id)| (*at, id.as_str()));
        let page = if operator.is_some() { HAILS_OF_ONE } else { HAILS_OF_ALL };
        let sql = AssertSqlSafe(format!("{page}{HAILS}"));
        let mut query = sqlx::query(sql).bind(at).bind(id).bind(span.until).bind(take);
        if let Some(operator) = operator {
            query = query.bind(operator.0);
        }
        let rows = query.fetch_all(&self.readers).await?;
        let of_hails = rows.chunk_by(|one, other| key_of(one, "id") == key_of(other, "id"));
        let mut hails = Vec::new();
        let mut count = 0;
        for rows in of_hails {
            count += 1;
            hails.extend(readable(read_hail(rows), "hails", || key_of(&rows[0], "id"))?);
        }
        let key = |row: &Row| Result::Ok((row.try_get("created_at")?, row.try_get("id")?));
        let last = rows.last().filter(|_| count >= take).map(key).transpose()?;
        Ok(Page { rows: hails, last })
    }

    // One statement.
    async fn export_searches(
        &self,
        span: Span,
        after: Option<(Time, i64)>,
        take: i64,
    ) -> Result<Page<ExportedSearch, (Time, i64)>> {
        let after = after.unwrap_or((span.since, 0));
        let sql = "select id, at, account_id, insee, lon, lat, blurred_at is not null as blurred, found, seen,
                nearest_m
            from searches where at >= $1 and (at, id) > ($1, $2) and at < $3 order by at, id limit $4";
        let rows = self.events(sql, after, span.until, take).await?;
        page(&rows, take, "searches", read_search, |row| Ok((row.try_get("at")?, id_of(row)?)))
    }

    // One statement.
    async fn hail_points(
        &self,
        span: Span,
        after: Option<&(Time, String)>,
        take: i64,
    ) -> Result<Page<Point, (Time, String)>> {
        let after = after.map_or((span.since, ""), |(at, id)| (*at, id.as_str()));
        let sql = "select id, created_at, customer_lon as lon, customer_lat as lat from hails
            where created_at >= $1 and (created_at, id) > ($1, $2) and created_at < $3
            order by created_at, id limit $4";
        let rows = self.events(sql, after, span.until, take).await?;
        let key = |row: &Row| Ok((row.try_get("created_at")?, row.try_get("id")?));
        page(&rows, take, "hails", read_place, key)
    }

    // One statement.
    async fn search_points(
        &self,
        span: Span,
        after: Option<(Time, i64)>,
        take: i64,
    ) -> Result<Page<Point, (Time, i64)>> {
        let after = after.unwrap_or((span.since, 0));
        let sql = "select id, at, lon, lat from searches
            where at >= $1 and (at, id) > ($1, $2) and at < $3 order by at, id limit $4";
        let rows = self.events(sql, after, span.until, take).await?;
        page(&rows, take, "searches", read_place, |row| Ok((row.try_get("at")?, id_of(row)?)))
    }

    // One statement.
    async fn export_days(
        &self,
        first: NaiveDate,
        end: NaiveDate,
        after: Option<&ExportedDay>,
        take: i64,
    ) -> Result<Page<ExportedDay, ExportedDay>> {
        let rows = sqlx::query(
            "select scope as id, day, outcome, hails, sessions from hail_days
            where (scope, day, outcome) > ($1, $2, $3) and day >= $4 and day < $5
            order by scope, day, outcome limit $6",
        )
        .bind(after.map_or("", |day| &day.scope))
        .bind(after.map_or(first, |day| day.day))
        .bind(after.map_or("", |day| &day.outcome))
        .bind(first)
        .bind(end)
        .bind(take)
        .fetch_all(&self.readers)
        .await?;
        page(&rows, take, "hail_days", read_day, read_day)
    }
}
