-- A million parcels that look like parcels: 121 to an area, quadrilaterals with shared corners along two directions,
-- turned to a direction of their own, all zones, states and ages. Deterministic: every "random" number is a hash.
-- :areas is replaced by the number of areas. Runs with triggers off; what they derive is computed here in bulk.

create or replace function pg_temp.h(variadic keys int[]) returns float8 language sql immutable as
$$ select (hashtextextended(array_to_string(keys, ','), 42) & 1048575) / 1048576.0 $$;

create temp table bench_area as
with points as (
    select (st_dump(st_generatepoints(geom, :areas, 7))).geom as centre from admin_unit where level = 'state'
), inside as (
    select centre, m.ags, m.name as municipality
    from points join lateral (
        select ags, name from admin_unit where level = 'municipality' and st_intersects(geom, centre) limit 1
    ) m on true
    order by hashtextextended(st_astext(centre), 1)
    limit (:parcels + 120) / 121
)
-- Numbered along a Hilbert curve (the order of geometries), as rows of one place lie together in a grown store too.
select row_number() over (order by centre)::int as k, * from inside;

create temp table bench_near as
select a.k, n.kind, n.id, n.name, n.geom from bench_area a
cross join (values ('motorway_junction'), ('rail_freight'), ('station'), ('airport'), ('substation')) kinds(kind)
cross join lateral (
    select i.kind, i.id, i.name, i.geom from infrastructure i where i.kind = kinds.kind order by i.geom <-> a.centre limit 1
) n;
create index on bench_near (k, kind);

insert into data_set (name, title_de, title_en, publisher, licence, attribution, schematic)
values ('benchmark', 'Erzeugte Flächen', 'Generated parcels', 'benchmarks', 'CC0-1.0', 'benchmarks', true);

create temp table bench_parcel as
select
    a.k, r.i, c.j, row_number() over (order by a.k, r.i, c.j)::int as n, a.ags, a.municipality,
    st_multi(st_translate(
        st_rotate(
            st_makepolygon(st_makeline(array[
                st_makepoint(c.j * 90 + 20 * pg_temp.h(a.k, r.i, c.j, 1), r.i * 75 + 15 * pg_temp.h(a.k, r.i, c.j, 2)),
                st_makepoint((c.j + 1) * 90 + 20 * pg_temp.h(a.k, r.i, c.j + 1, 1), r.i * 75 + 15 * pg_temp.h(a.k, r.i, c.j + 1, 2)),
                st_makepoint((c.j + 1) * 90 + 20 * pg_temp.h(a.k, r.i + 1, c.j + 1, 1), (r.i + 1) * 75 + 15 * pg_temp.h(a.k, r.i + 1, c.j + 1, 2)),
                st_makepoint(c.j * 90 + 20 * pg_temp.h(a.k, r.i + 1, c.j, 1), (r.i + 1) * 75 + 15 * pg_temp.h(a.k, r.i + 1, c.j, 2)),
                st_makepoint(c.j * 90 + 20 * pg_temp.h(a.k, r.i, c.j, 1), r.i * 75 + 15 * pg_temp.h(a.k, r.i, c.j, 2))
            ])),
            pg_temp.h(a.k, 9) * pi()),
        st_x(a.centre), st_y(a.centre))) as shape
from bench_area a, generate_series(-5, 5) r(i), generate_series(-5, 5) c(j);

insert into parcel (
    number, name_de, name_en, cadastral_ids, zone, zone_restricted, plan_status, grz, status, status_since, servicing,
    available_from, price_eur_m2, price_on_request, power_mw, fibre_mbit, rail_siding, round_the_clock, confirmed_at,
    schematic, geom, data_set_id, source_id, municipality_ags, county_ags, constraint_kinds, search_text,
    motorway_id, motorway_m, motorway_name, rail_id, rail_m, rail_name, station_id, station_m, station_name,
    airport_id, airport_m, airport_name, substation_id, substation_m, substation_name)
select
    'B-' || p.n, 'Gewerbefläche ' || p.municipality || ' ' || p.n, null, '{}',
    (array['GE', 'GE', 'GE', 'GI', 'GI', 'SO', 'MI', 'MU'])[1 + floor(8 * z.zone)::int], z.zone < 0.1,
    (array[4000, 4000, 4000, 3000, 2400, 1000])[1 + floor(6 * z.plan)::int], 0.8,
    (array['available', 'available', 'available', 'available', 'reserved', 'optioned', 'preparing', 'sold', 'sold', 'leased'])
        [1 + floor(10 * z.status)::int],
    date '2026-01-01', (array['full', 'full', 'partial', 'under_way', 'none'])[1 + floor(5 * z.servicing)::int],
    case when z.later < 0.3 then date '2026-01-01' + (z.later * 3000)::int end,
    case when z.price > 0.3 then round((8 + 50 * z.price)::numeric, 2) end, z.price <= 0.3,
    case when z.power < 0.7 then round((20 * z.power)::numeric, 1) end, (array[100, 1000, 10000])[1 + floor(3 * z.fibre)::int],
    z.siding < 0.1, z.clock < 0.3, timestamptz '2026-11-20' - make_interval(hours => (z.age * 4000)::int), true,
    st_setsrid(p.shape, 25832), (select id from data_set where name = 'benchmark'), p.n::text, p.ags, left(p.ags, 5),
    (select coalesce(array_agg(kind), '{}')
     from (values ('flood', 0.06), ('nature', 0.04), ('water', 0.05), ('heritage', 0.02)) k(kind, share)
     where pg_temp.h(p.k, p.i, length(kind)) < share)::varchar[],
    fold_text('b-' || p.n || ' gewerbefläche ' || p.municipality || ' ' || p.n),
    mw.id, st_distance(mw.geom, st_setsrid(p.shape, 25832)), mw.name, ra.id, st_distance(ra.geom, st_setsrid(p.shape, 25832)), ra.name,
    st.id, st_distance(st.geom, st_setsrid(p.shape, 25832)), st.name, ai.id, st_distance(ai.geom, st_setsrid(p.shape, 25832)), ai.name,
    su.id, st_distance(su.geom, st_setsrid(p.shape, 25832)), su.name
from bench_parcel p
cross join lateral (select
    pg_temp.h(p.n, 1) as zone, pg_temp.h(p.n, 2) as plan, pg_temp.h(p.n, 3) as status, pg_temp.h(p.n, 4) as servicing,
    pg_temp.h(p.n, 5) as later, pg_temp.h(p.n, 6) as price, pg_temp.h(p.n, 7) as power, pg_temp.h(p.n, 8) as fibre,
    pg_temp.h(p.n, 9) as siding, pg_temp.h(p.n, 10) as clock, pg_temp.h(p.n, 11) as age) z
left join bench_near mw on mw.k = p.k and mw.kind = 'motorway_junction'
left join bench_near ra on ra.k = p.k and ra.kind = 'rail_freight'
left join bench_near st on st.k = p.k and st.kind = 'station'
left join bench_near ai on ai.k = p.k and ai.kind = 'airport'
left join bench_near su on su.k = p.k and su.kind = 'substation'
where p.n <= :parcels
order by p.n;
