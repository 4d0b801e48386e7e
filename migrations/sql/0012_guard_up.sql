-- The application's role owns nothing. It reads everything the pages show, writes parcels inside the actor's scope
-- alone, and can neither change nor delete what happened. Owners of the database (migrations, backups, the command
-- line) are not bound by row-level security; the triggers of history bind them too.

do $$
begin
    -- Asked first: an owner who may not make roles uses the one that an administrator has made.
    if not exists (select from pg_roles where rolname = 'landportal_app') then
        create role landportal_app nologin;
    end if;
exception
    when duplicate_object or unique_violation then null;  -- Roles belong to the cluster: another database made it.
end
$$;

-- Whoever owns the database may act as the application, unless that is settled otherwise already.
do $$
begin
    if not pg_has_role(current_user, 'landportal_app', 'member') then
        execute format('grant landportal_app to %I', current_user);
    end if;
end
$$;

grant usage on schema public, past to landportal_app;
grant select on all tables in schema public, past to landportal_app;
grant usage on all sequences in schema public to landportal_app;

-- Of a parcel the application sets attributes; what the database derives and keeps is the database's.
do $$
begin
    execute (
        select format('grant insert, delete, update (%s) on parcel to landportal_app', string_agg(quote_ident(attname), ', '))
        from pg_attribute
        where attrelid = 'parcel'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
          and attname <> all ('{id, version, changed_at, change_id, municipality_ags, county_ags, constraint_kinds,
              search_text, motorway_id, motorway_m, motorway_name, rail_id, rail_m, rail_name, station_id, station_m,
              station_name, airport_id, airport_m, airport_name, substation_id, substation_m, substation_name}')
    );
end
$$;
grant insert on audit_entry, import_run, parcel_successor to landportal_app;
grant insert, update on account, data_set, organisation, outgoing_mail, parcel_document, proposal to landportal_app;
grant insert, update, delete on
    delivery, delivery_row, delivery_issue, saved_mapping,
    procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers
to landportal_app;

alter function revision_moved() security definer set search_path = public, pg_temp;

-- ------------------------------------------------------------------------------------------------- the actor's scope

-- The key that begins the key of every municipality in the actor's scope; null for whoever may not write. Roles and
-- organisation are read at the moment of use: what an administrator takes away is gone with the next statement.
create function actor_place() returns text
language sql stable security definer set search_path = public, pg_temp
as $$
    select o.ags from account a join organisation o on o.id = a.organisation_id
    where a.id = told('actor')::int and a.active and o.active
$$;

create function actor_area() returns int
language sql stable security definer set search_path = public, pg_temp
as $$
    select o.area_id from account a join organisation o on o.id = a.organisation_id
    where a.id = told('actor')::int and a.active and o.active
$$;

create function actor_writes() returns boolean
language sql stable security definer set search_path = public, pg_temp
as $$
    select coalesce((
        select a.role_names && array['officer', 'approver']::varchar[] from account a
        where a.id = told('actor')::int and a.active), false)
$$;

-- ------------------------------------------------------------------------------------------------ row-level security

alter table parcel enable row level security;
create policy parcel_read on parcel for select to landportal_app using (true);
create policy parcel_insert on parcel for insert to landportal_app with check (
    (select actor_writes())
    and (starts_with(municipality_ags, (select actor_place())) or area_id = (select actor_area())));
create policy parcel_update on parcel for update to landportal_app
using (
    (select actor_writes())
    and (starts_with(municipality_ags, (select actor_place())) or area_id = (select actor_area())))
with check (
    (select actor_writes())
    and (starts_with(municipality_ags, (select actor_place())) or area_id = (select actor_area())));
create policy parcel_delete on parcel for delete to landportal_app using (
    (select actor_writes())
    and (starts_with(municipality_ags, (select actor_place())) or area_id = (select actor_area())));

-- What was is public through the views of the schema past; who changed it, and when exactly, only inside the scope.
alter table parcel_history enable row level security;
create policy parcel_history_read on parcel_history for select to landportal_app using (
    starts_with(municipality_ags, (select actor_place())) or area_id = (select actor_area()));

-- The version is in scope, or the parcel as it stands is: a parcel keeps its history when it changes hands.
create policy parcel_history_read_of_mine on parcel_history for select to landportal_app using (
    exists (
        select from parcel p where p.id = parcel_history.id
        and (starts_with(p.municipality_ags, (select actor_place())) or p.area_id = (select actor_area()))));

alter table change enable row level security;
create policy change_read on change for select to landportal_app using (
    account_id = (select told('actor')::int)
    or exists (
        select from parcel p where p.change_id = change.id
        and (starts_with(p.municipality_ags, (select actor_place())) or p.area_id = (select actor_area())))
    or exists (select from parcel_history h where h.change_id = change.id)
    or exists (select from parcel_history h where h.ended_by = change.id));

alter table parcel_document enable row level security;
create policy parcel_document_read on parcel_document for select to landportal_app using (
    (public and removed_at is null) or exists (
        select from parcel p where p.id = parcel_id
        and (starts_with(p.municipality_ags, (select actor_place())) or p.area_id = (select actor_area()))));
create policy parcel_document_insert on parcel_document for insert to landportal_app with check (
    (select actor_writes()) and exists (
        select from parcel p where p.id = parcel_id
        and (starts_with(p.municipality_ags, (select actor_place())) or p.area_id = (select actor_area()))));
create policy parcel_document_update on parcel_document for update to landportal_app using (
    (select actor_writes()) and exists (
        select from parcel p where p.id = parcel_id
        and (starts_with(p.municipality_ags, (select actor_place())) or p.area_id = (select actor_area()))));
