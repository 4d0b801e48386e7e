-- Who is to be reminded of what, kept as digests and reminders in one statement; run by services.digests under a lock.
-- `on_market` are the statuses that are kept fresh, `today` is the date where the land lies.

with reader as (
    -- Officers who want digests; `place` is what their organisation keeps.
    select a.id as account_id,
           coalesce('area ' || o.area_id, o.ags) as place
    from account a join organisation o on o.id = a.organisation_id
    where a.active and o.active and a.digest and 'officer' = any (a.role_names)
),
place as materialized (select distinct place from reader),
reached as (
    -- The highest step of the ladder counts: after a week without a server a parcel is not told three times.
    select p.id, p.municipality_ags, p.county_ags, p.area_id, s.step, s.counted_from
    from parcel p
    cross join lateral (
        select case when coalesce(p.confirmed_at, 'epoch') <= now() - interval '90 days' then 'age_90'
                    when p.confirmed_at <= now() - interval '60 days' then 'age_60'
                    when p.confirmed_at <= now() - interval '30 days' then 'age_30' end,
               coalesce(p.confirmed_at, 'epoch')
        union all
        select case when p.status_until < :today then 'ended'
                    when p.status_until <= :today + 7 then 'ends_soon' end,
               p.status_until::timestamp at time zone 'Europe/Berlin'
    ) s (step, counted_from)
    where p.status = any (:on_market) and s.step is not null
),
unsaid as (
    select r.* from reached r
    where not exists (
        select from reminder m where m.parcel_id = r.id and m.step = r.step and m.counted_from = r.counted_from)
),
due as (
    -- The nearest organisation with somebody who reads: of the area, the municipality, the county, the state.
    select reader.account_id, u.id, u.step, u.counted_from
    from unsaid u
    left join place of_area on of_area.place = 'area ' || u.area_id
    left join place of_municipality on of_municipality.place = u.municipality_ags
    left join place of_county on of_county.place = u.county_ags
    left join place of_state on of_state.place = left(u.county_ags, 2)
    join reader on reader.place
        = coalesce(of_area.place, of_municipality.place, of_county.place, of_state.place)
),
made as (
    insert into digest (account_id) select distinct account_id from due returning id, account_id
),
kept as (
    insert into reminder (digest_id, parcel_id, step, counted_from)
    select made.id, due.id, due.step, due.counted_from from due join made using (account_id)
)
select id, account_id from made order by id
