-- Rows of every table of a registry on SQLite: with nulls, empty texts, letters of many alphabets, large numbers, times with
-- and without microseconds, and ids that are not in order.
insert into accounts (id, email, password_hash, commercial_name, roles, manager_id, hail_endpoint, header_name,
    header_value, email_customer, email_technical, phone_customer, phone_technical, fleet_size, created_at, updated_at,
    requests_per_s, disabled_at, departements) values
    (1, 'a@example.org', '$argon2id$x', 'Taxis d’Échelle 🚕', 'operateur', 9, 'https://a.example/h', 'X-Key', 's',
        '', '', '', '', 12, '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:00.123456+00:00', 2147483647, null, ''),
    (2, 'app@example.org', null, null, 'moteur', null, '', '', '', '', '', '', '', null,
        '2024-02-29T12:00:00.100+00:00', '1969-12-31T23:59:59+00:00', null, '2024-03-01T00:00:00+00:00', '75,2A'),
    (9, 'Ωβ@example.org', null, '', 'groupement', null, '', '', '', '', '', '', '', -1,
        '2024-02-29T12:00:00+00:00', '9999-12-31T23:59:59.999999+00:00', null, null, '');
update sqlite_sequence set seq = 40 where name = 'accounts';
insert into account_keys (id, account_id, digest, sealed, name, created_at, last_used_at, revoked_at) values
    (1, 1, x'00ff10', x'', 'clé "principale"', '2024-02-29T12:00:00+00:00', null, null),
    (7, 2, x'01', x'000000', '', '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:01+00:00');
update accounts_revision set revision = 9007199254740993;
insert into towns (insee, name, border) values ('75056', 'Paris', x'0103'), ('2A004', 'Ajaccio', x'00');
insert into zones (id, name, border, in_force_since, in_force_until) values
    ('11111111-aaaa-4aaa-8aaa-000000000001', 'Zone', null, '2020-02-29', null),
    ('22222222-aaaa-4aaa-8aaa-000000000002', '', x'ff', null, '9999-12-31');
insert into zone_towns (zone_id, insee) values ('11111111-aaaa-4aaa-8aaa-000000000001', '75056');
insert into exclusions (id, name, border) values ('way/1', 'Gare', x'01');
insert into stations (id, name, insee, place, address, spaces, phone, info) values
    ('75056-T-001', 'Opéra', '75056', x'01', '', 9223372036854775807, null, '');
update territory_state set revision = 3, approximate = 1, imported_at = '2024-02-29T12:00:00+00:00'
    where part = 'towns';
insert into mergers (old_insee, new_insee) values ('01001', '01002');
insert into listed_licences (insee, number, listed_at) values ('75056', '1 bis', '2024-02-29T12:00:00+00:00');
insert into drivers (id, account_id, departement, professional_licence, first_name, last_name, birth_date, created_at,
    updated_at) values
    (1, 1, '75', '1', 'Zoë', 'O''Neil', '1904-02-29', '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:00+00:00'),
    (2, 1, '75', '2', '', '', null, '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:00+00:00');
insert into vehicles (id, licence_plate, created_at, car) values
    (1, 'AA-001-AA', '2024-02-29T12:00:00+00:00', 'aa001aa'), (5, 'ÀÀ 1', '2024-02-29T12:00:00+00:00', null);
insert into descriptions (id, vehicle_id, account_id, status, status_at, radius_m, model, constructor, engine, color, seats,
    relay, wifi, wheelchair, body_type, created_at, updated_at) values
    (1, 1, 1, 'free', '2024-02-29T12:00:00+00:00', null, '', '', '', '', 4, 0, 1, null, null,
        '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:00+00:00');
insert into licences (id, account_id, number, insee, vehicle_id, owner_name, owner_type, double_shift, category, created_at,
    updated_at) values
    (1, 1, '1', '75056', 1, '', null, null, '', '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:00+00:00'),
    (3, 1, '2', '75056', null, 'x', 'company', 1, 'c', '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:00+00:00');
insert into taxis (id, account_id, licence_id, driver_id, vehicle_id, added_at, last_seen_at, number, plain_plate) values
    ('zZ9', 1, 1, 1, 1, '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:00+00:00', 17, 'aa001aa'),
    ('AbC', 1, 3, 2, 1, '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:00+00:00', 4, '');
insert into last_positions (taxi_id, account_id, lon, lat, at_s) values ('zZ9', 1, 2.3522000000000003, -0.0, 4294967296);
insert into customers (account_id, id, phone, ban_begin, ban_end, reprieve_begin, reprieve_end) values
    (2, 'moi', '', null, null, null, null), (2, '', '', '2024-02-29T12:00:00+00:00', '2024-03-29T12:00:00+00:00', null, null);
insert into hails (id, revision, status, created_at, changed_at, deadline_at, client_id, operator_id, taxi_id, vehicle_id,
    session_id, customer_id, customer_lon, customer_lat, customer_address, customer_phone, initial_lon, reporting_customer,
    rating_ride, call_attempt, opens_session, insee, car, refusal_ground) values
    ('b000001', 3, 'finished', '2024-02-29T12:00:00+00:00', '2024-02-29T12:30:00.000001+00:00', null, 2, 1, 'zZ9', 1, 's',
        'moi', 2.35, 48.85, '1 rue de l''Échelle', '0600', null, 0, 5, 1, 1, '75056', null, null),
    ('a000002', 1, 'received', '2024-02-29T13:00:00+00:00', '2024-02-29T13:00:00+00:00', '2024-02-29T13:00:10+00:00', 2, 1,
        'zZ9', 1, 's', 'moi', 1e-300, 1.7976931348623157e308, '', '', 0.1, null, null, 0, 0, null, 'aa001aa', 'distance');
insert into hail_transitions (hail_id, revision, from_status, to_status, at, by_account_id, reason) values
    ('b000001', 1, null, 'received', '2024-02-29T12:00:00+00:00', null, null),
    ('b000001', 3, 'received', 'finished', '2024-02-29T12:30:00+00:00', 1, '');
insert into operator_calls (id, account_id, hail_id, endpoint, at, took_ms, failure, is_test) values
    (5, 1, 'b000001', 'https://a.example/h', '2024-02-29T12:00:00+00:00', 12, null, 1);
insert into given_answers (account_id, key, digest, answer, at) values
    (2, 'clé', x'00', '{"data": ["é"]}', '2024-02-29T12:00:00+00:00');
insert into activity (id, at, action, resource, resource_id, extra, account_id, old_status) values
    (1, '2024-02-29T12:00:00+00:00', 'auth_apikey', 'user', '1', '{}', null, null),
    (3, '2024-02-29T12:00:01+00:00', 'taxi_status', 'taxi', 'zZ9', '{"a": "\u00e9 é"}', 1, 'free');
insert into activity_days (day, action, resource, lines) values ('2024-02-29', 'auth_apikey', 'user', 1);
update activity_counted set until_at = '2024-02-29T12:00:00+00:00';
insert into hail_days (scope, day, outcome, week, month, hails, sessions, distance_m, distances) values
    ('', '2024-02-29', 'all', '2024-02-26', '2024-02-01', 1, 1, 12.5, 1);
insert into hail_times (scope, step, seconds, hails) values ('', 'accepted', 0.25, 1);
insert into hail_bars (scope, day, measure, value, hails) values ('a:1', '2024-02-29', 'm', -1, 1);
insert into searches (id, at, account_id, insee, lon, lat, found, seen, nearest_m, blurred_at) values
    (2, '2024-02-29T12:00:00+00:00', 2, '75056', 2.35, 48.85, 0, 0, null, null);
insert into search_days (scope, day, measure, value, searches) values ('', '2024-02-29', 'found', 0, 1);
insert into sampled_searches (id, at, account_id, insee, lon, lat, facts) values
    (4, '2024-02-29T12:00:00+00:00', 2, '75056', 2.35, 48.85, '[]');
insert into connected_hours (scope, hour, samples, taxis) values ('', 23, 1, 2);
update connected_counted set hour_at = '2024-02-29T12:00:00+00:00';
insert into live_minutes (at, scope, measure, number) values ('2024-02-29T12:00:00+00:00', '', 'hails', 1);
insert into live_hours (at, scope, measure, number) values ('2024-02-29T12:00:00+00:00', '', 'hails', 1);
insert into live_days (at, scope, measure, number) values ('2024-02-29T00:00:00+00:00', '', 'hails', 1);
insert into inspections (id, at, account_id, purpose, key, number, place) values
    (1, '2024-02-29T12:00:00+00:00', 77, 'contrôle', 'plate', 'AA-001-AA', null);
insert into inspected_drivers (inspection_id, line, first_name, last_name, professional_licence, departement, connected,
    connected_until) values (1, 0, 'Zoë', '', '1', '75', 0, '2024-02-29T12:00:00+00:00');
insert into retention (clock, until_at, ran_at, rows) values ('hails', '2024-02-29T12:00:00+00:00', null, 0);
update retention_request set asked_at = '2024-02-29T12:00:00+00:00';
insert into sign_ins (id, digest, account_id, device, created_at, last_seen_at) values
    (3, x'aa', 1, 'Firefox', '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:00+00:00');
insert into second_steps (account_id, sealed, used_step, set_at) values (1, x'bb', 57000000, '2024-02-29T12:00:00+00:00');
insert into recovery_codes (account_id, digest) values (1, x'cc'), (1, x'cd');
insert into password_links (id, digest, account_id, made_at, expires_at) values
    (1, x'dd', 2, '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:00+00:00');
insert into tickets (digest, account_id, sealed, password_hash, until_at, attempts) values
    (x'ee', 1, x'ef', null, '2024-02-29T12:00:00+00:00', 0);
insert into identities (id, account_id, issuer, subject, email, linked_at) values
    (2, 1, 'https://id.example', 'Ë-1', null, '2024-02-29T12:00:00+00:00');
insert into provider_visits (digest, browser, sealed, until_at) values (x'f0', x'f1', x'f2', '2024-02-29T12:00:00+00:00');
insert into sandbox_taxis (number, taxi_id, account_id, behaviour, lon, lat, added_at, ends_at) values
    (1, 'AbC', 1, 'accepts', 2.35, 48.85, '2024-02-29T12:00:00+00:00', '2024-02-29T12:00:00+00:00');
